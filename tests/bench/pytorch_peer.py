"""The bench's work in PyTorch, as a user of it would write it: f32, one padded tensor a batch, a KV
cache, no Python in inner loops.

A process that stays: one JSON request a line on stdin, one answer a line on stdout.

    {"prepare": "name", "item": {…}}   →  {}
    {"measure": "name", "seconds": s}  →  {"count": …, "seconds": …}   documents, or tokens
    {"loss": "name"}                   →  {"loss": …}                   nats, of the first batch
    {"greedy": "name"}                 →  {"tokens": [[…], …]}          of each prompt, EOS included
    {"memory": "name"}                 →  {"bytes": …}                  the process's peak

The first line it prints is {"name", "version", "threads"}.

Letters: B documents or samples, T positions, C width, H heads, D = C / H, V vocabulary.
"""

import array
import json
import os
import resource
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit(3)

EPSILON = 1e-5
ADAM = {"lr": 0.001, "betas": (0.85, 0.99), "eps": 1e-8}


class Model:
    """The same GPT as the engine's; query, key and value projections in one matrix."""

    def __init__(self, spec, weights):
        self.heads = spec["nHead"]
        self.width = spec["nEmbd"]
        self.layer_count = spec["nLayer"]
        self.block = spec["blockSize"]
        flat = array.array("f")
        with open(weights, "rb") as file:
            flat.frombytes(file.read())
        flat = torch.tensor(flat, dtype=torch.float32)
        at = 0

        def take(rows, columns):
            nonlocal at
            at += rows * columns
            return flat[at - rows * columns : at].view(rows, columns).clone().requires_grad_(True)

        c = self.width
        self.wte = take(spec["vocabSize"], c)
        self.wpe = take(self.block, c)
        # wq, wk and wv lie one after another: read as one matrix of 3C rows.
        self.layers = [
            (take(3 * c, c), take(c, c), take(4 * c, c), take(c, 4 * c))
            for _ in range(self.layer_count)
        ]
        self.head = take(spec["vocabSize"], c)

    def parameters(self):
        return [self.wte, self.wpe, *(matrix for layer in self.layers for matrix in layer), self.head]

    def forward(self, tokens, start=0, cache=None):
        """Logits [B, T, V] of tokens [B, T] that stand at positions start, start + 1, …"""
        length = tokens.shape[1]
        x = norm(F.embedding(tokens, self.wte) + self.wpe[start : start + length])
        for i, (qkv, wo, fc1, fc2) in enumerate(self.layers):
            heads = self.attend(norm(x) @ qkv.t(), start, None if cache is None else cache[i])
            x = x + heads @ wo.t()
            x = x + F.relu(norm(x) @ fc1.t()) @ fc2.t()
        return x @ self.head.t()

    def attend(self, qkv, start, cache):
        """Causal attention [B, T, C]; keys and values go through the cache where there is one."""
        b, t, _ = qkv.shape
        q, k, v = qkv.view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if cache is not None:
            keys, values = cache
            keys[:, :, start : start + t] = k
            values[:, :, start : start + t] = v
            k = keys[:, :, : start + t]
            v = values[:, :, : start + t]
        if hasattr(F, "scaled_dot_product_attention") and (start == 0 or t == 1):
            heads = F.scaled_dot_product_attention(q, k, v, is_causal=t > 1)
        else:
            scores = q @ k.transpose(2, 3) * q.shape[-1] ** -0.5
            if t > 1:
                future = torch.ones(t, start + t, dtype=torch.bool).triu(start + 1)
                scores = scores.masked_fill(future, float("-inf"))
            heads = F.softmax(scores, -1) @ v
        return heads.transpose(1, 2).reshape(b, t, self.width)

    def new_cache(self, batch):
        shape = (batch, self.heads, self.block, self.width // self.heads)
        return [(torch.empty(shape), torch.empty(shape)) for _ in range(self.layer_count)]


def norm(x):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + EPSILON)


def padded_batch(documents):
    """Inputs and targets [B, T], and each position's weight in the loss; 0 on padding."""
    longest = max(map(len, documents)) - 1
    inputs = torch.zeros(len(documents), longest, dtype=torch.long)
    targets = torch.zeros_like(inputs)
    factors = torch.zeros(len(documents), longest)
    for row, document in enumerate(documents):
        positions = len(document) - 1
        inputs[row, :positions] = torch.tensor(document[:-1])
        targets[row, :positions] = torch.tensor(document[1:])
        factors[row, :positions] = 1 / (positions * len(documents))
    return inputs, targets.flatten(), factors.flatten()


class Training:
    """Steps over the item's batches, round and round."""

    def __init__(self, item):
        self.model = Model(item["spec"], item["weights"])
        self.batches = [padded_batch(batch) for batch in item["batches"]]
        self.sizes = [len(batch) for batch in item["batches"]]
        self.optimiser = torch.optim.Adam(self.model.parameters(), **ADAM)

    def loss(self, batch=0):
        inputs, targets, factors = self.batches[batch]
        logits = self.model.forward(inputs)
        return F.cross_entropy(logits.flatten(0, 1), targets, reduction="none") @ factors

    def once(self):
        for batch in range(len(self.batches)):
            self.optimiser.zero_grad(set_to_none=True)
            loss = self.loss(batch)
            loss.backward()
            self.optimiser.step()
            loss.item()
        return sum(self.sizes)


class Sampling:
    """One batch of samples of one prompt, with temperature; counts tokens up to EOS."""

    def __init__(self, item):
        self.model = Model(item["spec"], item["weights"])
        self.item = item
        self.stops = torch.tensor(item["stops"])
        self.prompt = torch.tensor(item["prompts"][0]).repeat(item["batch"], 1)
        self.cache = self.model.new_cache(item["batch"])

    @torch.inference_mode()
    def once(self):
        tokens = self.prompt
        start = 0
        living = torch.ones(self.item["batch"], 1, dtype=torch.bool)
        chosen = 0
        for _ in range(self.item["maxNewTokens"]):
            logits = self.model.forward(tokens, start, self.cache)[:, -1]
            start += tokens.shape[1]
            probabilities = F.softmax(logits / self.item["temperature"], -1)
            # A race of exponentials is a draw, and twice as fast here as torch.multinomial.
            race = torch.empty_like(probabilities).exponential_()
            tokens = (probabilities / race).argmax(-1, keepdim=True)
            alive = int(living.sum())
            if alive == 0:
                break
            chosen += alive
            living &= ~torch.isin(tokens, self.stops)
        return chosen


class Greedy:
    """One sample of each prompt, one after another, a token at a time."""

    def __init__(self, item):
        self.model = Model(item["spec"], item["weights"])
        self.item = item
        self.prompts = [torch.tensor([prompt]) for prompt in item["prompts"]]
        self.cache = self.model.new_cache(1)

    @torch.inference_mode()
    def texts(self):
        texts = []
        for tokens in self.prompts:
            text = []
            start = 0
            while len(text) < self.item["maxNewTokens"]:
                logits = self.model.forward(tokens, start, self.cache)[:, -1]
                start += tokens.shape[1]
                tokens = logits.argmax(-1, keepdim=True)
                token = int(tokens)
                text.append(token)
                if token in self.item["stops"]:
                    break
            texts.append(text)
        return texts

    def once(self):
        return sum(map(len, self.texts()))


KINDS = {"training": Training, "sampling": Sampling, "greedy": Greedy}


def measure(work, seconds):
    count = 0
    began = time.perf_counter()
    while True:
        count += work.once()
        elapsed = time.perf_counter() - began
        if elapsed >= seconds:
            return {"count": count, "seconds": elapsed}


def answer(request, works):
    if "prepare" in request:
        works[request["prepare"]] = KINDS[request["item"]["kind"]](request["item"])
        return {}
    if "measure" in request:
        return measure(works[request["measure"]], request["seconds"])
    if "loss" in request:
        return {"loss": works[request["loss"]].loss().item()}
    if "greedy" in request:
        return {"tokens": works[request["greedy"]].texts()}
    if "memory" in request:
        works[request["memory"]].once()
        return {"bytes": peak_memory()}
    raise ValueError(f"unknown request: {request}")


def peak_memory():
    """The peak of this process in bytes."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Not by getrusage, which counts from the size that the parent had.
    with open("/proc/self/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def main():
    threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
    torch.set_num_threads(threads)
    # Denormal numbers are slow and mean nothing here.
    torch.set_flush_denormal(True)
    works = {}
    print(json.dumps({"name": "PyTorch", "version": torch.__version__, "threads": threads}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), works)), flush=True)


if __name__ == "__main__":
    main()
