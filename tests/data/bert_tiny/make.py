"""Makes the files beside it with the official library: `python make.py` where torch is.

Made with torch 2.13.0 and transformers 5.23.0. A BERT of random weights, saved as GPT-SoVITS
publishes chinese-roberta-wwm-ext-large, and what official inference takes of it: the third-last
hidden state in float32, without the first and the last token.
"""

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

torch: Any = importlib.import_module("torch")
tokenizers: Any = importlib.import_module("tokenizers")
transformers: Any = importlib.import_module("transformers")

FOLDER = Path(__file__).parent
TEXTS = ("今天天气怎么样?", "我很好,谢谢…你呢!", "龘人.", "好")
OTHER_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##天", "##好", "a", "的的"]
CONFIG = transformers.BertConfig(
    vocab_size=40,
    hidden_size=24,
    num_hidden_layers=4,
    num_attention_heads=4,
    intermediate_size=40,
    max_position_embeddings=24,
)


def main() -> None:
    """Write config, vocabulary, weights and features."""
    known = sorted(set("".join(TEXTS)) - {"龘", "…"})
    vocabulary = [*OTHER_TOKENS, *known]
    (FOLDER / "vocab.txt").write_text("".join(f"{token}\n" for token in vocabulary))
    CONFIG.vocab_size = len(vocabulary)
    words = tokenizers.BertWordPieceTokenizer(
        {token: number for number, token in enumerate(vocabulary)}
    )
    words.save(str(FOLDER / "tokenizer.json"))
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(FOLDER / "tokenizer.json"))
    (FOLDER / "config.json").write_text(json.dumps(CONFIG.to_dict(), indent=1) + "\n")
    model = random_model()
    torch.save(model.half().state_dict(), FOLDER / "pytorch_model.bin")
    model.float().eval()
    features = [features_of(model, tokenizer, text) for text in TEXTS]
    arrays: dict[str, Any] = {f"features_{number}": each for number, each in enumerate(features)}
    np.savez_compressed(FOLDER / "features.npz", texts=np.array(TEXTS), **arrays)


def random_model() -> Any:
    """Weights for which every layer makes a difference."""
    torch.manual_seed(5)
    model = transformers.BertForMaskedLM(CONFIG)
    for name, parameter in model.named_parameters():
        offset = 1.0 if name.endswith("LayerNorm.weight") else 0.0
        torch.nn.init.normal_(parameter, offset, 0.2)
    return model


def features_of(model: Any, tokenizer: Any, text: str) -> "NDArray[np.float32]":
    """One row for each character."""
    with torch.no_grad():
        states = model(**tokenizer(text, return_tensors="pt"), output_hidden_states=True)
    rows: NDArray[np.float32] = states["hidden_states"][-3][0][1:-1].numpy()
    if len(rows) != len(text):
        raise ValueError("a character is not one token")
    return rows


if __name__ == "__main__":
    main()
