"""The command `demo`: a broker, an agent and an announcement over MQTT, as at home."""

import asyncio
import json
import math
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np
import typer

from hub_agent.announcement import new_announcement_id
from hub_agent.audio.wav_read import read_wav
from hub_agent.cli.demo_parts import Broker, DemoAgent, Listener, program
from hub_agent.cli.quiet import log_only_errors
from hub_agent.errors import HubAgentError, UnavailableError, UsageError

WAV_NAME: Final = "hub-agent-demo.wav"
ROOM: Final = "demo"
TEXT: Final = (
    "Good morning! This is your hub. Everything you hear is made on this machine, "
    "and nothing leaves the house."
)
QUIETEST_DBFS: Final = -45.0
PUBLISH_TIMEOUT_S: Final = 10.0
SPOKEN_TIMEOUT_S: Final = 30.0
LONGEST_S: Final = 60.0


def demo(out: Path) -> None:
    """Show all of it, say where the sound went, and leave nothing running behind."""
    log_only_errors()
    _require_folder(out)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    publish = program("mosquitto_pub", "mosquitto-clients")
    with tempfile.TemporaryDirectory(prefix="hub-agent-demo-") as folder, ExitStack() as parts:
        here = Path(folder)
        broker = parts.enter_context(Broker(here))
        typer.echo(f"broker     mosquitto on 127.0.0.1 port {broker.port}")
        device = _working_device()
        agent = parts.enter_context(DemoAgent(here, _settings(here, broker.port, device)))
        typer.echo(f"agent      ready after {agent.started_after_s:.2f} s")
        listener = parts.enter_context(Listener(broker.port))
        listener.wait_online()
        result = _announce(publish, broker.port, listener)
        wav = _keep(here / "wav", out / WAV_NAME)
    _tell(result, wav, device)


def _announce(publish: str, port: int, listener: Listener) -> Mapping[str, Any]:
    message = {"id": new_announcement_id(), "text": TEXT}
    command = [publish, "-h", "127.0.0.1", "-p", str(port), "-t", "hub_agent/speak", "-m"]
    command.append(json.dumps(message))
    typer.echo(f"message    {shlex.join(['mosquitto_pub', *command[1:]])}")
    subprocess.run(command, check=True, timeout=PUBLISH_TIMEOUT_S, stdin=subprocess.DEVNULL)
    result = listener.wait_result(message["id"], timeout_s=SPOKEN_TIMEOUT_S)
    if result.get("outcome") != "spoken":
        raise HubAgentError(
            f"the announcement was not spoken: {result.get('reason', result.get('outcome'))}",
            hint="hub-agent doctor",
        )
    return result


def _tell(result: Mapping[str, Any], wav: Path, device: str | None) -> None:
    duration_s, rms, peak = _measure(wav)
    typer.echo(f"first      {result.get('ttfa_ms')} ms from the message to the first sound")
    if device is not None:
        typer.echo(f"sound      went to the loudspeaker ({device})")
    else:
        typer.echo("sound      no loudspeaker here, so it went to a file only")
    typer.echo(f"file       {wav}: {duration_s:.1f} s")
    if rms < QUIETEST_DBFS:
        raise HubAgentError(f"the sound is too quiet ({rms:.0f} dBFS)", hint="hub-agent doctor")
    typer.echo(f"level      {rms:.0f} dBFS on average, peak {peak:.0f} dBFS: good")


def _working_device() -> str | None:
    """The default loudspeaker's name, None when it cannot be opened."""
    from hub_agent.cli.checkup_speech import try_device
    from hub_agent.sinks.portaudio import list_devices

    try:
        asyncio.run(try_device())
        return next((each.name for each in list_devices() if each.is_default), "default")
    except HubAgentError:
        return None


def _settings(here: Path, port: int, device: str | None) -> Mapping[str, Any]:
    sinks: list[dict[str, Any]] = [{"type": "wav", "folder": str(here / "wav")}]
    if device is not None:
        sinks.append({"type": "device"})
    return {
        "data_dir": str(here / "data"),
        "rooms": {ROOM: {"sinks": sinks}},
        "web": {"enabled": False},
        "log": {"level": "info", "format": "json"},
        "mqtt": {"enabled": True, "host": "127.0.0.1", "port": port},
    }


def _keep(folder: Path, target: Path) -> Path:
    written = sorted(folder.glob("*.wav"))
    if not written:
        raise UnavailableError("the agent wrote no file", hint="hub-agent doctor")
    shutil.copyfile(written[-1], target)
    return target.resolve()


def _measure(wav: Path) -> tuple[float, float, float]:
    """Seconds, average level and peak level in dBFS."""
    samples, sample_rate = read_wav(wav, max_s=LONGEST_S)
    rms = float(np.sqrt(np.mean(np.square(samples)))) if samples.size else 0.0
    return samples.size / sample_rate, _dbfs(rms), _dbfs(float(np.abs(samples).max(initial=0.0)))


def _dbfs(level: float) -> float:
    return 20.0 * math.log10(max(level, 1e-6))


def _require_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            return
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise UsageError(
            f"cannot write to {out}: {why}", hint="hub-agent demo --out /tmp"
        ) from error
