"""A tiny GPT-NeoX saved as several revisions, for the tests that need torch."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

# `make test-llm` sets W2S_REQUIRE_LLM: there a missing package is a failure, not a skip.
_skip_without = pytest.mark.skipif(
    os.environ.get("W2S_REQUIRE_LLM") != "1"
    and any(importlib.util.find_spec(name) is None for name in ("torch", "transformers")),
    reason="needs the extra llm (make test-llm runs it)",
)


def needs_llm(test):
    """Mark a test that needs torch and transformers; `make test-llm` runs the marked ones."""
    return pytest.mark.llm(_skip_without(test))


def save_revisions(folder: Path, revisions, *, padding_side: str = "right", seed: int = 0) -> Path:
    """Save one network with different random weights under each name; return the folder."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<|endoftext|>": 0} | {letter: k for k, letter in enumerate(letters, 1)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    # Without a padding token, like Pythia's.
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|endoftext|>", padding_side=padding_side
    )
    config = GPTNeoXConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=48, bos_token_id=0, eos_token_id=0,
        initializer_range=0.2,
    )  # fmt: skip
    for k, revision in enumerate(revisions):
        torch.manual_seed(seed + k)
        GPTNeoXForCausalLM(config).save_pretrained(folder / revision)
        wrapped.save_pretrained(folder / revision)
    return folder


def stub_revisions(folder: Path, revisions) -> Path:
    """Folders that look like checkpoints, each with weights of its own, for tests without torch."""
    for revision in revisions:
        there = folder / revision
        there.mkdir(parents=True, exist_ok=True)
        (there / "config.json").write_text('{"hidden_size": 8}')
        (there / "tokenizer.json").write_text("{}")
        header = b'{"__metadata__":{"of":"%s"}}' % revision.encode()
        (there / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    return folder
