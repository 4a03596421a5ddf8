"""A Marian model with random weights as transformers saves it, for all programs to translate with.

    marian.py FOLDER WIDTH LAYERS HEADS PIECES POSITIONS [CTRANSLATE2_FOLDER]

The bias of the end and of the padding is so low that no translation ends by itself: each is as long as it may be, in
every program. With a second folder, CTranslate2's converter writes float32 and int8 into it.
"""

import json
import pathlib
import shutil
import sys


def make(folder, width, layers, heads, pieces, positions):
    import sentencepiece
    import torch
    import transformers
    folder.mkdir(parents=True)
    letters = "abcdefghijklmnopqrstuvwxyz"
    lines = [f"{a}{b} {b}{c}{a}" for a in letters for b in letters for c in "aeiou"]
    for side in ("source", "target"):
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_prefix=str(folder / side),
                                                 vocab_size=100, hard_vocab_limit=False, minloglevel=2, num_threads=1)
        shutil.move(folder / f"{side}.model", folder / f"{side}.spm")
        (folder / f"{side}.vocab").unlink()
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    own = [processor.id_to_piece(i) for i in range(len(processor))][3:]
    # Nobody reads text here: the other pieces only have to be there.
    vocabulary = ["</s>", "<unk>", *own]
    vocabulary += [f"▁piece{i}" for i in range(pieces - len(vocabulary) - 1)] + ["<pad>"]
    (folder / "vocab.json").write_text(json.dumps({piece: i for i, piece in enumerate(vocabulary)}), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "MarianTokenizer"}))
    pad = len(vocabulary) - 1
    torch.manual_seed(1)
    model = transformers.MarianMTModel(transformers.MarianConfig(
        vocab_size=len(vocabulary), d_model=width, encoder_layers=layers, decoder_layers=layers,
        encoder_attention_heads=heads, decoder_attention_heads=heads, encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width, max_position_embeddings=positions, activation_function="swish",
        scale_embedding=True, pad_token_id=pad, eos_token_id=0, forced_eos_token_id=None,
        decoder_start_token_id=pad))
    with torch.no_grad():
        model.final_logits_bias[0, [0, 1, pad]] = -1e4
    model.eval().save_pretrained(folder)


def convert(folder, output):
    import ctranslate2
    for name, quantization in (("float32", None), ("int8", "int8")):
        converter = ctranslate2.converters.TransformersConverter(str(folder))
        converter.convert(str(output / name), quantization=quantization)


if __name__ == "__main__":
    place = pathlib.Path(sys.argv[1])
    if not place.exists():
        make(place, *(int(word) for word in sys.argv[2:7]))
    if len(sys.argv) > 7:
        convert(place, pathlib.Path(sys.argv[7]))
