"""What happens to recordings of announcements: codecs, telephones, rooms, editing, malice."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voices.watermark.embedder import Marker
from voices.watermark.issue import UtteranceMark
from voices.watermark.keys import epoch_key
from voices.watermark.payload import Payload32

RATE: Final = 16_000
Samples = NDArray[np.float32]
Random = np.random.Generator
Change = Callable[[Samples, Random], Samples]
_RAW: Final = ("-f", "f32le", "-ar", str(RATE), "-ac", "1")


@dataclass(frozen=True, slots=True)
class Attack:
    """A named change; `stretched` ones move time or pitch and need the search for it."""

    name: str
    change: Change
    stretched: bool = False


def codec(options: str, container: str, *, read_as: str | None = None) -> Change:
    """Encode and decode with FFmpeg."""
    encode = ("ffmpeg", "-v", "error", *_RAW, "-i", "-", *options.split(), "-f", container, "-")
    decode = ("ffmpeg", "-v", "error", "-f", read_as or container, "-i", "-", *_RAW, "-")
    return lambda samples, _random: _from_raw(_run(decode, _run(encode, _to_raw(samples))))


def ffmpeg_filter(graph: str) -> Change:
    """A filter of FFmpeg."""
    command = ("ffmpeg", "-v", "error", *_RAW, "-i", "-", "-af", graph, *_RAW, "-")
    return lambda samples, _random: _from_raw(_run(command, _to_raw(samples)))


def sox(*effects: str) -> Change:
    """An effect of SoX."""
    raw = ("-t", "f32", "-r", str(RATE), "-c", "1", "-")
    return lambda samples, _random: _from_raw(
        _run(("sox", "-V1", "-R", *raw, *raw, *effects), _to_raw(samples))
    )


def noise(samples: Samples, random: Random, *, snr_db: float, slope: float = 0) -> Samples:
    """Noise whose power falls with the frequency to the power of `slope`."""
    spectrum = np.fft.rfft(random.normal(0, 1, samples.size))
    spectrum[1:] *= np.arange(1, spectrum.size) ** (-slope / 2)
    return _mixed(samples, np.fft.irfft(spectrum, samples.size), snr_db)


def music(samples: Samples, random: Random, *, snr_db: float) -> Samples:
    """Chords that change twice a second."""
    time_s = np.arange(samples.size) / RATE
    chord = np.zeros(samples.size)
    for start in np.arange(0, time_s[-1], 0.5):
        inside = (time_s >= start) & (time_s < start + 0.5)
        for semitone in random.choice(36, 4, replace=False):
            pitch = 110 * 2 ** (semitone / 12)
            for harmonic in range(1, 9):
                chord[inside] += np.sin(2 * np.pi * harmonic * pitch * time_s[inside]) / harmonic
    return _mixed(samples, chord, snr_db)


def babble(samples: Samples, random: Random, *, snr_db: float) -> Samples:
    """Six voices: the same speech, backwards and shifted."""
    shifts = random.integers(RATE, samples.size, 6)
    voices = sum(np.roll(samples[::-1], int(shift)) for shift in shifts)
    return _mixed(samples, np.asarray(voices, np.float64), snr_db)


def room(
    samples: Samples, random: Random, *, decay_s: float, direct_db: float, early_ms: float = 3
) -> Samples:
    """A room's exponentially decaying echoes; `direct_db` is direct over reverberant energy."""
    count = int(1.3 * decay_s * RATE)
    tail = random.normal(0, 1, count) * 10 ** (-3 * np.arange(count) / (decay_s * RATE))
    tail[: round(early_ms / 1000 * RATE)] = 0
    tail *= 10 ** (-direct_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    size = samples.size + count
    spectrum = np.fft.rfft(samples, size) * np.fft.rfft(tail, size)
    return np.asarray(np.fft.irfft(spectrum, size)[: samples.size], np.float32)


def recorded_again(
    samples: Samples, random: Random, *, decay_s: float, direct_db: float, snr_db: float
) -> Samples:
    """A small loudspeaker, a room, a microphone with noise, another clock."""
    small = ffmpeg_filter("highpass=f=250,lowpass=f=6000,equalizer=f=1200:t=q:w=1:g=5")
    played = np.tanh(2 * small(samples, random)) / 2
    heard = room(np.asarray(played, np.float32), random, decay_s=decay_s, direct_db=direct_db)
    return noise(_resampled(heard, 1.00005), random, snr_db=snr_db, slope=1)


def spliced(samples: Samples, random: Random) -> Samples:
    """3 % of all packets of 20 ms are missing."""
    packets = np.array_split(samples, samples.size // 320)
    return np.concatenate([packet for packet in packets if random.random() > 0.03])


def dropouts(samples: Samples, random: Random) -> Samples:
    """5 % of all packets of 20 ms are silent."""
    packets = np.array_split(samples, samples.size // 320)
    return np.concatenate([packet * (random.random() > 0.05) for packet in packets])


def trimmed(samples: Samples, _random: Random) -> Samples:
    """All pauses cut away."""
    packets = np.array_split(samples, samples.size // 160)
    loudness = np.array([np.mean(packet**2) for packet in packets])
    loud = loudness > 0.003 * np.percentile(loudness, 95)
    near = np.convolve(loud, np.ones(7), "same") > 0
    return np.concatenate([packet for packet, keep in zip(packets, near, strict=True) if keep])


def wow(samples: Samples, _random: Random) -> Samples:
    """A speed that wanders by 0.3 % twice a second."""
    places = np.arange(samples.size, dtype=np.float64)
    places += 0.003 * RATE / (4 * np.pi) * np.sin(4 * np.pi * places / RATE)
    return np.asarray(np.interp(places, np.arange(samples.size), samples), np.float32)


def griffin_lim(samples: Samples, random: Random) -> Samples:
    """Phases thrown away and made up again."""
    size, hop = 1024, 256
    window = np.hanning(size + 1)[:-1]
    wide = np.pad(samples.astype(np.float64), size)
    level = np.abs(_stft(wide, window, hop))
    spectrum = level * np.exp(2j * np.pi * random.random(level.shape))
    for _ in range(30):
        wide = _overlapped(np.fft.irfft(spectrum, size), window, hop, wide.size)
        spectrum = level * np.exp(1j * np.angle(_stft(wide, window, hop)))
    out = _overlapped(np.fft.irfft(spectrum, size), window, hop, wide.size)
    return np.asarray(out[size : size + samples.size], np.float32)


def marked_over(samples: Samples, _random: Random) -> Samples:
    """Somebody else's mark on top of ours."""
    mark = UtteranceMark(Payload32(1, 3, 3), 9, 77)
    marker = Marker(epoch_key(b"somebody else's secret, 32 bytes", 9), mark.payload, RATE, 77)
    return np.concatenate([marker.process(samples), marker.finish()])


def chained(*changes: Change) -> Change:
    """One change after another."""

    def run(samples: Samples, random: Random) -> Samples:
        for change in changes:
            samples = change(samples, random)
        return samples

    return run


def compressed(samples: Samples, _random: Random) -> Samples:
    """Loud parts made quieter, four to one."""
    level = np.sqrt(np.convolve(samples**2, np.ones(320) / 320, "same") + 1e-9)
    gain = np.minimum(1, (level / (0.2 * level.max())) ** -0.75)
    return np.asarray(samples * gain, np.float32)


def _gain(samples: Samples, _random: Random, *, decibels: float) -> Samples:
    return np.asarray(samples * 10 ** (decibels / 20), np.float32)


def _clipped(samples: Samples, _random: Random) -> Samples:
    limit = float(np.percentile(np.abs(samples), 97))
    return np.clip(samples, -limit, limit)


def _eight_bits(samples: Samples, _random: Random) -> Samples:
    return np.asarray(np.round(samples * 127) / 127, np.float32)


def _echo(samples: Samples, _random: Random) -> Samples:
    delayed = np.concatenate([np.zeros(1_600, np.float32), samples[:-1_600]])
    return np.asarray(samples + 0.5 * delayed, np.float32)


def _as_it_is(samples: Samples, _random: Random) -> Samples:
    return samples


def _resampled(samples: Samples, speed: float) -> Samples:
    places = np.arange(0, samples.size - 1, speed)
    return np.asarray(np.interp(places, np.arange(samples.size), samples), np.float32)


def _mixed(samples: Samples, other: NDArray[np.float64], snr_db: float) -> Samples:
    ratio = np.mean(samples.astype(np.float64) ** 2) / np.mean(other**2)
    return np.asarray(samples + other * np.sqrt(ratio * 10 ** (-snr_db / 10)), np.float32)


def _stft(
    samples: NDArray[np.float64], window: NDArray[np.float64], hop: int
) -> NDArray[np.complex128]:
    frames = np.lib.stride_tricks.sliding_window_view(samples, window.size)[::hop]
    return np.asarray(np.fft.rfft(frames * window), np.complex128)


def _overlapped(
    frames: NDArray[np.float64], window: NDArray[np.float64], hop: int, size: int
) -> NDArray[np.float64]:
    out, weight = np.zeros(size), np.full(size, 1e-9)
    for index, frame in enumerate(frames):
        place = slice(index * hop, index * hop + window.size)
        out[place] += frame * window
        weight[place] += window**2
    return np.asarray(out / weight, np.float64)


def _run(command: tuple[str, ...], data: bytes) -> bytes:
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr.decode(errors='replace').strip()[:200]}")
    return done.stdout


def _to_raw(samples: Samples) -> bytes:
    return samples.astype("<f4").tobytes()


def _from_raw(data: bytes) -> Samples:
    return np.frombuffer(data, "<f4").astype(np.float32)


_TELEPHONE: Final = ffmpeg_filter("highpass=f=300,lowpass=f=3400,aresample=8000,aresample=16000")
_ULAW: Final = codec("-ar 8000 -c:a pcm_mulaw", "wav")
_OPUS_24K: Final = codec("-c:a libopus -b:a 24k", "ogg")
_MP3_64K: Final = codec("-c:a libmp3lame -b:a 64k", "mp3")
_AAC_64K: Final = codec("-c:a aac -b:a 64k", "adts", read_as="aac")
_NEAR: Final = partial(recorded_again, decay_s=0.3, direct_db=6, snr_db=25)
_FAR: Final = partial(recorded_again, decay_s=0.5, direct_db=-3, snr_db=18)

ATTACKS: Final = (
    Attack("none", _as_it_is),
    Attack("mp3 128k", codec("-c:a libmp3lame -b:a 128k", "mp3")),
    Attack("mp3 64k", _MP3_64K),
    Attack("mp3 32k", codec("-c:a libmp3lame -b:a 32k", "mp3")),
    Attack("aac 64k", _AAC_64K),
    Attack("aac 32k", codec("-c:a aac -b:a 32k", "adts", read_as="aac")),
    Attack("opus 32k", codec("-c:a libopus -b:a 32k", "ogg")),
    Attack("opus 24k", _OPUS_24K),
    Attack("opus 16k", codec("-c:a libopus -b:a 16k", "ogg")),
    Attack("opus 12k", codec("-c:a libopus -b:a 12k", "ogg")),
    Attack("vorbis q1", codec("-c:a libvorbis -q:a 1", "ogg")),
    Attack("mu-law 8 kHz", _ULAW),
    Attack("g722", codec("-c:a g722", "wav")),
    Attack("gsm", codec("-ar 8000 -c:a libgsm", "gsm")),
    Attack("codec2 3200", codec("-ar 8000 -c:a libcodec2 -mode 3200", "codec2")),
    Attack("resampled 8 kHz", ffmpeg_filter("aresample=8000,aresample=16000")),
    Attack("low-pass 4 kHz", sox("lowpass", "4000")),
    Attack("low-pass 3 kHz", sox("lowpass", "3000")),
    Attack("high-pass 500 Hz", sox("highpass", "500")),
    Attack("telephone", _TELEPHONE),
    Attack("equaliser", sox("bass", "8", "treble", "-6")),
    Attack("gain +6 dB", partial(_gain, decibels=6)),
    Attack("gain -20 dB", partial(_gain, decibels=-20)),
    Attack("inverted", lambda samples, _random: -samples),
    Attack("clipped", _clipped),
    Attack("compressed", compressed),
    Attack("8 bits", _eight_bits),
    Attack("white 30 dB", partial(noise, snr_db=30)),
    Attack("white 20 dB", partial(noise, snr_db=20)),
    Attack("white 10 dB", partial(noise, snr_db=10)),
    Attack("pink 15 dB", partial(noise, snr_db=15, slope=1)),
    Attack("babble 15 dB", partial(babble, snr_db=15)),
    Attack("music 10 dB", partial(music, snr_db=10)),
    Attack("dropouts", dropouts),
    Attack("spliced", spliced),
    Attack("pauses cut", trimmed),
    Attack("speed 0.90", sox("speed", "0.9"), stretched=True),
    Attack("speed 0.97", sox("speed", "0.97"), stretched=True),
    Attack("speed 1.03", sox("speed", "1.03"), stretched=True),
    Attack("speed 1.10", sox("speed", "1.1"), stretched=True),
    Attack("tempo 0.90", sox("tempo", "-s", "0.9"), stretched=True),
    Attack("tempo 1.10", sox("tempo", "-s", "1.1"), stretched=True),
    Attack("pitch -1 semitone", sox("pitch", "-100"), stretched=True),
    Attack("pitch +1 semitone", sox("pitch", "100"), stretched=True),
    Attack("clock 200 ppm", lambda samples, _random: _resampled(samples, 1.0002)),
    Attack("wow", wow),
    Attack("small room", partial(room, decay_s=0.3, direct_db=3)),
    Attack("large room", partial(room, decay_s=0.8, direct_db=0)),
    Attack("echo", _echo),
    Attack("recorded near", _NEAR),
    Attack("recorded far", _FAR),
    Attack("denoised", ffmpeg_filter("afftdn=nr=20")),
    Attack("griffin-lim", griffin_lim),
    Attack("marked over", marked_over),
    Attack("telephone, mu-law", chained(_TELEPHONE, _ULAW)),
    Attack("recorded near, opus 24k", chained(_NEAR, _OPUS_24K)),
    Attack("speed 1.03, mp3 64k", chained(sox("speed", "1.03"), _MP3_64K), stretched=True),
    Attack("mp3, aac, opus", chained(_MP3_64K, _AAC_64K, _OPUS_24K)),
    Attack("tempo 1.1, opus", chained(sox("tempo", "-s", "1.1"), _OPUS_24K), stretched=True),
    Attack("pitch +1, aac", chained(sox("pitch", "100"), _AAC_64K), stretched=True),
)
QUICK: Final = frozenset(
    {"none", "mp3 32k", "opus 16k", "gsm", "white 20 dB", "spliced", "speed 1.10", "large room"}
)
