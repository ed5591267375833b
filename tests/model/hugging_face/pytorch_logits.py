"""Logits of model folders, in f64 by PyTorch: a second account of what such folders mean.

Reads folders from standard input, one a line, and for each writes the logits after every token of
`(7 * i + 3) % V`, as long as the model's positions, as one line of JSON. A sequence is computed at once,
with a mask, in place of token by token; nothing is shared with the program that it checks.
"""

import json
import math
import os
import struct
import sys

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def tensors_of(folder):
    names = [n for n in sorted(os.listdir(folder)) if n.endswith(".safetensors")]
    tensors = {}
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
            data = bytearray(file.read())
        for key, entry in header.items():
            if key == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            flat = torch.frombuffer(data[begin:end], dtype=TYPES[entry["dtype"]])
            tensors[key] = flat.reshape(entry["shape"]).double()
    return tensors


def frequencies(config, width):
    parameters = config.get("rope_parameters") or {}
    theta = parameters.get("rope_theta") or config.get("rope_theta")
    scaling = config.get("rope_scaling") or parameters
    kind = scaling.get("rope_type") or scaling.get("type") or "default"
    plain = theta ** (-torch.arange(0, width, 2).double() / width)
    if kind == "linear":
        return plain / scaling["factor"], 1.0
    if kind == "llama3":
        original = scaling["original_max_position_embeddings"]
        wave = 2 * math.pi / plain
        low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
        smooth = (original / wave - low) / (high - low)
        mixed = (1 - smooth) * plain / scaling["factor"] + smooth * plain
        result = torch.where(wave > original / low, plain / scaling["factor"], mixed)
        return torch.where(wave < original / high, plain, result), 1.0
    if kind == "yarn":
        factor, original = scaling["factor"], scaling["original_max_position_embeddings"]

        def dimension(turns):
            return width * math.log(original / (turns * 2 * math.pi)) / (2 * math.log(theta))

        low = max(math.floor(dimension(scaling.get("beta_fast", 32))), 0)
        high = min(math.ceil(dimension(scaling.get("beta_slow", 1))), width - 1)
        if low == high:
            high += 0.001
        ramp = ((torch.arange(width // 2).double() - low) / (high - low)).clamp(0, 1)
        return plain / factor * ramp + plain * (1 - ramp), 0.1 * math.log(factor) + 1
    return plain, 1.0


def turned(x, config):
    angles, scale = frequencies(config, x.shape[-1])
    angles = torch.outer(torch.arange(x.shape[-2]).double(), angles)
    angles = torch.cat((angles, angles), dim=-1)
    half = x.shape[-1] // 2
    rotated = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return x * (angles.cos() * scale) + rotated * (angles.sin() * scale)


def attention(q, k, v):
    length = q.shape[-2]
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    scores = scores.masked_fill(torch.ones(length, length).triu(1).bool(), -math.inf)
    return scores.softmax(-1) @ v


def heads_of(x, count):
    return x.reshape(x.shape[0], count, -1).transpose(0, 1)


def joined(x):
    return x.transpose(0, 1).reshape(x.shape[1], -1)


def activation(name):
    return {
        "silu": F.silu,
        "gelu": F.gelu,
        "relu": F.relu,
        "gelu_new": lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    }[name]


def llama(config, t, ids):
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]

    def norm(x, name):
        return x * (x.pow(2).mean(-1, keepdim=True) + config["rms_norm_eps"]).rsqrt() * t[name]

    def linear(x, name):
        return F.linear(x, t[name + ".weight"], t.get(name + ".bias"))

    x = t["model.embed_tokens.weight"][ids]
    for i in range(config["num_hidden_layers"]):
        at = f"model.layers.{i}."
        n = norm(x, at + "input_layernorm.weight")
        q, k, v = (
            heads_of(linear(n, at + f"self_attn.{which}_proj"), count)
            for which, count in (("q", heads), ("k", groups), ("v", groups))
        )
        k, v = (y.repeat_interleave(heads // groups, dim=0) for y in (turned(k, config), v))
        x = x + linear(joined(attention(turned(q, config), k, v)), at + "self_attn.o_proj")
        n = norm(x, at + "post_attention_layernorm.weight")
        gate = activation(config["hidden_act"])(linear(n, at + "mlp.gate_proj"))
        x = x + linear(gate * linear(n, at + "mlp.up_proj"), at + "mlp.down_proj")
    head = "model.embed_tokens.weight" if config["tie_word_embeddings"] else "lm_head.weight"
    return norm(x, "model.norm.weight") @ t[head].T


def gpt2(config, t, ids):
    width, heads = config["n_embd"], config["n_head"]
    t = {name.replace("transformer.", ""): tensor for name, tensor in t.items()}

    def norm(x, name):
        return F.layer_norm(x, (width,), t[name + ".weight"], t[name + ".bias"], config["layer_norm_epsilon"])

    def convolution(x, name):
        return x @ t[name + ".weight"] + t[name + ".bias"]

    x = t["wte.weight"][ids] + t["wpe.weight"][: len(ids)]
    for i in range(config["n_layer"]):
        q, k, v = convolution(norm(x, f"h.{i}.ln_1"), f"h.{i}.attn.c_attn").split(width, dim=-1)
        mixed = attention(*(heads_of(y, heads) for y in (q, k, v)))
        x = x + convolution(joined(mixed), f"h.{i}.attn.c_proj")
        hidden = activation(config["activation_function"])(convolution(norm(x, f"h.{i}.ln_2"), f"h.{i}.mlp.c_fc"))
        x = x + convolution(hidden, f"h.{i}.mlp.c_proj")
    return norm(x, "ln_f") @ t["wte.weight" if config["tie_word_embeddings"] else "lm_head.weight"].T


for line in sys.stdin:
    folder = line.rstrip("\n")
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    positions = config.get("max_position_embeddings") or config["n_positions"]
    ids = torch.tensor([(7 * i + 3) % config["vocab_size"] for i in range(positions)])
    model = gpt2 if config["model_type"] == "gpt2" else llama
    print(json.dumps(model(config, tensors_of(folder), ids).flatten().tolist()), flush=True)
