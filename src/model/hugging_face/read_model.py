"""The model in this folder, in PyTorch alone. python3 read_model.py TEXT prints texts that begin so.

from read_model import Model
model = Model()                              # of this folder, or Model("path/to/another")
model.logits(model.encode("ma"))             # [tokens, vocabulary]: what comes after each token
model.sample("ma", temperature=0.8)          # one text
"""
import json, struct, sys, unicodedata
from pathlib import Path
import torch

class Model:
    def __init__(self, folder=Path(__file__).parent):
        read = lambda name: json.loads((Path(folder) / name).read_text(encoding="utf-8"))
        self.config, self.tokenizer = read("config.json"), read("tokenizer.json")
        self.tokens = self.tokenizer["model"]["vocab"]
        self.texts = {token: text for text, token in self.tokens.items()}
        data = (Path(folder) / "model.safetensors").read_bytes()
        begin = 8 + struct.unpack("<Q", data[:8])[0]
        self.weights = {}
        for name, tensor in json.loads(data[8:begin]).items():
            if name == "__metadata__": continue
            dtype = {"F32": torch.float32, "F64": torch.float64}[tensor["dtype"]]
            first, end = tensor["data_offsets"]
            numbers = torch.frombuffer(bytearray(data[begin + first:begin + end]), dtype=dtype)
            self.weights[name] = numbers.reshape(tensor["shape"])

    def encode(self, text):
        form = (self.tokenizer["normalizer"] or {}).get("type")
        text = unicodedata.normalize(form, text) if form else text
        return [self.config["bos_token_id"]] + [self.tokens[character] for character in text]

    def logits(self, tokens):
        config, weights, length = self.config, self.weights, len(tokens)
        norm = lambda x: x * (x.square().mean(-1, keepdim=True) + config["rms_norm_eps"]).rsqrt()
        x = norm(weights["embedding.weight"][tokens] + weights["position_embedding.weight"][:length])
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        for i in range(config["num_hidden_layers"]):
            layer = lambda name, x: x @ weights[f"layers.{i}.{name}.weight"].T
            heads = lambda x: x.view(length, config["num_attention_heads"], -1).transpose(0, 1)
            query, key, value = (heads(layer(name, norm(x))) for name in ("query", "key", "value"))
            scores = query @ key.transpose(1, 2) / config["head_dim"] ** 0.5
            mixed = scores.masked_fill(future, -torch.inf).softmax(-1) @ value
            x = x + layer("output", mixed.transpose(0, 1).reshape(length, -1))
            x = x + layer("down", layer("up", norm(x)).relu())
        return x @ weights["head.weight"].T

    def sample(self, text="", temperature=1.0):
        tokens = self.encode(text)
        while len(tokens) <= self.config["max_position_embeddings"]:
            next = torch.multinomial((self.logits(tokens)[-1] / temperature).softmax(-1), 1).item()
            if next == self.config["eos_token_id"]: break
            tokens.append(next)
        return "".join(self.texts[token] for token in tokens[1:])

if __name__ == "__main__":
    for _ in range(10): print(Model().sample(" ".join(sys.argv[1:])))
