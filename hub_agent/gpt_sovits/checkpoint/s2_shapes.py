"""The shape of the SoVITS network, and with it the shape of every weight."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

Shapes = dict[str, tuple[int, ...]]

# The official code has these as constants, not as settings.
STYLE_BINS: Final = 704
"""Of the spectrogram, from the lowest on."""
STYLE_CHANNELS: Final = 128
_STYLE_KERNEL: Final = 5
_WAVENET_KERNEL: Final = 5
_OUTER_KERNEL: Final = 7
_RELATIVE_POSITIONS: Final = 9
"""Four to each side."""
_SSL_KERNEL: Final = 2
_CONVOLUTIONS: Final = ("convs1", "convs2")


@dataclass(frozen=True, slots=True, kw_only=True)
class S2Config:
    """Sizes of the network; channels unless said otherwise."""

    sample_rate: int
    fft_size: int
    hop_length: int
    window_length: int
    hidden_channels: int
    inter_channels: int
    filter_channels: int
    num_heads: int
    kernel_size: int
    gin_channels: int
    """Of the style that conditions flow and generator."""
    num_ssl_layers: int
    num_text_layers: int
    num_post_layers: int
    num_couplings: int
    num_wavenet_layers: int
    upsample_initial_channels: int
    upsample_rates: tuple[int, ...]
    upsample_kernel_sizes: tuple[int, ...]
    resblock_kernel_sizes: tuple[int, ...]
    resblock_dilations: tuple[tuple[int, ...], ...]
    num_phones: int
    num_codes: int
    ssl_channels: int
    mrte_channels: int
    speaker_size: int | None
    """Of the speaker feature that v2Pro and v2ProPlus add to the style."""


def s2_shapes(config: S2Config) -> Mapping[str, tuple[int, ...]]:
    """All weights that speaking and enrolling need; normalised ones folded."""
    return (
        _codes(config)
        | _text_encoder(config)
        | _style(config)
        | _flow(config)
        | _generator(config)
        | _speaker(config)
    )


def _codes(config: S2Config) -> Shapes:
    ssl = config.ssl_channels
    return {
        **_convolution("ssl_proj", ssl, ssl, _SSL_KERNEL),
        "quantizer.vq.layers.0._codebook.embed": (config.num_codes, ssl),
    }


def _text_encoder(config: S2Config) -> Shapes:
    hidden, mrte = config.hidden_channels, config.mrte_channels
    return {
        "enc_p.text_embedding.weight": (config.num_phones, hidden),
        **_convolution("enc_p.ssl_proj", hidden, config.ssl_channels),
        **_transformer("enc_p.encoder_ssl", config.num_ssl_layers, config),
        **_transformer("enc_p.encoder_text", config.num_text_layers, config),
        **_transformer("enc_p.encoder2", config.num_post_layers, config),
        **_attention("enc_p.mrte.cross_attention", mrte),
        **_convolution("enc_p.mrte.c_pre", mrte, hidden),
        **_convolution("enc_p.mrte.text_pre", mrte, hidden),
        **_convolution("enc_p.mrte.c_post", hidden, mrte),
        **_convolution("enc_p.proj", 2 * config.inter_channels, hidden),
    }


def _transformer(name: str, num_layers: int, config: S2Config) -> Shapes:
    hidden, kernel = config.hidden_channels, config.kernel_size
    relative = (1, _RELATIVE_POSITIONS, hidden // config.num_heads)
    shapes: Shapes = {}
    for layer in range(num_layers):
        attention = f"{name}.attn_layers.{layer}"
        feed_forward = f"{name}.ffn_layers.{layer}"
        shapes |= _attention(attention, hidden)
        shapes |= {f"{attention}.emb_rel_{part}": relative for part in "kv"}
        shapes |= _convolution(f"{feed_forward}.conv_1", config.filter_channels, hidden, kernel)
        shapes |= _convolution(f"{feed_forward}.conv_2", hidden, config.filter_channels, kernel)
        for norm in ("norm_layers_1", "norm_layers_2"):
            shapes |= {f"{name}.{norm}.{layer}.{part}": (hidden,) for part in ("gamma", "beta")}
    return shapes


def _attention(name: str, channels: int) -> Shapes:
    return _merged(_convolution(f"{name}.conv_{part}", channels, channels) for part in "qkvo")


def _style(config: S2Config) -> Shapes:
    channels = STYLE_CHANNELS
    return {
        **_linear("ref_enc.spectral.0.fc", channels, STYLE_BINS),
        **_linear("ref_enc.spectral.3.fc", channels, channels),
        **_convolution("ref_enc.temporal.0.conv1.conv", 2 * channels, channels, _STYLE_KERNEL),
        **_convolution("ref_enc.temporal.1.conv1.conv", 2 * channels, channels, _STYLE_KERNEL),
        **_merged(
            _linear(f"ref_enc.slf_attn.{part}", channels, channels)
            for part in ("w_qs", "w_ks", "w_vs", "fc")
        ),
        **_linear("ref_enc.fc.fc", config.gin_channels, channels),
    }


def _flow(config: S2Config) -> Shapes:
    return _merged(
        _coupling(f"flow.flows.{2 * coupling}", config) for coupling in range(config.num_couplings)
    )


def _coupling(name: str, config: S2Config) -> Shapes:
    hidden, half, layers = (
        config.hidden_channels,
        config.inter_channels // 2,
        config.num_wavenet_layers,
    )
    shapes = _convolution(f"{name}.pre", hidden, half) | _convolution(f"{name}.post", half, hidden)
    shapes |= _convolution(f"{name}.enc.cond_layer", 2 * hidden * layers, config.gin_channels)
    for layer in range(layers):
        # The last layer has nothing to pass on.
        outputs = hidden if layer == layers - 1 else 2 * hidden
        shapes |= _convolution(f"{name}.enc.in_layers.{layer}", 2 * hidden, hidden, _WAVENET_KERNEL)
        shapes |= _convolution(f"{name}.enc.res_skip_layers.{layer}", outputs, hidden)
    return shapes


def _generator(config: S2Config) -> Shapes:
    initial, num_kernels = config.upsample_initial_channels, len(config.resblock_kernel_sizes)
    shapes = _convolution("dec.conv_pre", initial, config.inter_channels, _OUTER_KERNEL)
    shapes |= _convolution("dec.cond", initial, config.gin_channels)
    channels = initial
    for stage, kernel in enumerate(config.upsample_kernel_sizes):
        shapes[f"dec.ups.{stage}.weight"] = (channels, channels // 2, kernel)
        channels //= 2
        shapes[f"dec.ups.{stage}.bias"] = (channels,)
        for number in range(num_kernels):
            shapes |= _resblock(
                number, f"dec.resblocks.{stage * num_kernels + number}", channels, config
            )
    shapes["dec.conv_post.weight"] = (1, channels, _OUTER_KERNEL)
    return shapes


def _resblock(number: int, name: str, channels: int, config: S2Config) -> Shapes:
    kernel = config.resblock_kernel_sizes[number]
    return _merged(
        _convolution(f"{name}.{part}.{layer}", channels, channels, kernel)
        for part in _CONVOLUTIONS
        for layer in range(len(config.resblock_dilations[number]))
    )


def _speaker(config: S2Config) -> Shapes:
    if config.speaker_size is None:
        return {}
    gin = config.gin_channels
    return {
        **_linear("sv_emb", gin, config.speaker_size),
        **_linear("ge_to512", config.mrte_channels, gin),
        "prelu.weight": (gin,),
    }


def _convolution(name: str, outputs: int, inputs: int, kernel: int = 1) -> Shapes:
    return {f"{name}.weight": (outputs, inputs, kernel), f"{name}.bias": (outputs,)}


def _linear(name: str, outputs: int, inputs: int) -> Shapes:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _merged(parts: Iterable[Shapes]) -> Shapes:
    return {name: shape for part in parts for name, shape in part.items()}
