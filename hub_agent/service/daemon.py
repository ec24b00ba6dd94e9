"""The agent as a service: everything it needs started in order, and left in order."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import structlog

from hub_agent import __version__
from hub_agent.agent import Agent
from hub_agent.control.server import ControlServer
from hub_agent.errors import ExitCode, HubAgentError
from hub_agent.groups import single_cause
from hub_agent.logs import set_up_logs
from hub_agent.paths import control_socket, data_folder, make_data_folder
from hub_agent.service.adapters import Adapters
from hub_agent.service.lock import DataLock
from hub_agent.service.notify import notify
from hub_agent.service.service_manager import tell_service_manager
from hub_agent.settings.reload import changed_sections
from hub_agent.settings.settings import Settings
from hub_agent.state import VaultState, vault_state
from voices.vault.secret import harden_process

log = structlog.get_logger(__name__)

SENTENCE_DEADLINE_S: Final = 4.5
LEAVE_DEADLINE_S: Final = 7.5
"""Service managers are told 8 s; the half second is for the interpreter to end."""
THREAD_SWITCH_S: Final = 0.0005
"""The first block waits for the interpreter this long at most, while its thread works on; Python's
own 5 ms would be half of the time to the first sound."""
UNTIL_RESTART: Final = ("data_dir", "agent_id", "vault")

Load = Callable[[], Settings]


async def run_agent(settings: Settings, *, load: Load) -> None:
    """Run until SIGTERM or SIGINT; SIGHUP applies what `load` then returns.

    Raises `HubAgentError` when it cannot start, and with exit code 70 when it broke: an agent that
    is half dead leaves, so that the service manager starts a whole one.
    """
    harden_process()
    set_up_logs(settings.core.log)
    sys.setswitchinterval(THREAD_SWITCH_S)
    data_dir = make_data_folder(data_folder(settings.core.data_dir))
    with DataLock(data_dir):
        daemon = _Daemon(settings, load, data_dir)
        try:
            await daemon.run()
        except BaseExceptionGroup as group:
            raise _reason_to_leave(single_cause(group)) from group
    if daemon.fatal is not None:
        raise _reason_to_leave(daemon.fatal)


class _Daemon:
    def __init__(self, settings: Settings, load: Load, data_dir: Path) -> None:
        self._settings = settings
        self._load = load
        self._data_dir = data_dir
        self._agent = Agent(settings, data_dir=data_dir)
        self._leave = asyncio.Event()
        self._reload = asyncio.Event()
        self._last_resort = threading.Timer(LEAVE_DEADLINE_S, _leave_by_force)
        self.fatal: BaseException | None = None

    async def run(self) -> None:
        """Start everything, wait for the end, leave."""
        control = control_socket(self._data_dir)
        try:
            with self._signals():
                async with (
                    self._agent as agent,
                    ControlServer(agent, control),
                    asyncio.TaskGroup() as group,
                ):
                    await self._serve(group)
        finally:
            self._last_resort.cancel()

    async def _serve(self, group: asyncio.TaskGroup) -> None:
        await asyncio.to_thread(_open_files, self._agent)
        adapters = Adapters(self._agent, group)
        self._agent.integrations = adapters.states
        adapters.start(self._settings)
        chores = [
            group.create_task(tell_service_manager(self._agent), name="notify"),
            group.create_task(self._agent.greet_on_time(), name="greetings"),
            group.create_task(self._keep_reloading(adapters), name="reload"),
        ]
        notify("READY=1")
        log.info("agent ready", version=__version__, rooms=len(self._agent.rooms()))
        await self._leave.wait()
        log.info("agent leaves")
        notify("STOPPING=1", "STATUS=leaving")
        await self._agent.shut_down(deadline_s=SENTENCE_DEADLINE_S)
        await adapters.stop()
        for chore in chores:
            chore.cancel()

    async def _keep_reloading(self, adapters: Adapters) -> None:
        while True:
            await self._reload.wait()
            self._reload.clear()
            notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
            try:
                new = await asyncio.to_thread(self._load)
                await self._apply(new, adapters)
            except HubAgentError as error:
                log.error("settings kept", reason=error.reason, why=str(error), hint=error.hint)
            notify("READY=1")

    async def _apply(self, new: Settings, adapters: Adapters) -> None:
        old, changed = self._settings, changed_sections(self._settings, new)
        await self._agent.reload(new)
        self._settings = new
        set_up_logs(new.core.log)
        touched = changed & (set(old.integrations) | set(new.integrations))
        await adapters.stop(touched)
        adapters.start(new, touched)
        waiting = [key for key in UNTIL_RESTART if getattr(old.core, key) != getattr(new.core, key)]
        log.info("settings applied", changed=sorted(changed), after_restart=waiting)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Heard inside, ignored afterwards: the process is then on its way out anyway."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._on_unhandled)
        handlers = {
            signal.SIGTERM: self._stop,
            signal.SIGINT: self._stop,
            signal.SIGHUP: self._reload.set,
        }
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)
                signal.signal(number, signal.SIG_IGN)
            loop.set_exception_handler(None)

    def _stop(self) -> None:
        """Leave after the sentence; asked a second time, at once."""
        if self._leave.is_set():
            self._agent.stop()
            return
        self._leave.set()
        self._last_resort.daemon = True
        self._last_resort.start()

    def _on_unhandled(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Errors of ours end the agent; a connection that broke in its own way does not."""
        error = context.get("exception")
        log.error("unhandled error", where=context.get("message"), exc_info=error)
        ours = {"task", "future", "handle"} & context.keys()
        if error is not None and ours and self.fatal is None:
            self.fatal = error
            self._stop()


def _open_files(agent: Agent) -> tuple[str, VaultState]:
    """What integrations ask for on the event loop, which must not wait for the disk."""
    return agent.hub_id, vault_state(agent.family)


def _reason_to_leave(cause: BaseException) -> BaseException:
    if isinstance(cause, HubAgentError | KeyboardInterrupt | SystemExit):
        return cause
    log.error("agent broke", exc_info=cause)
    error = HubAgentError("the agent broke and left", hint="its log says where", reason="internal")
    error.exit_code = ExitCode.BUG
    return error


def _leave_by_force() -> None:
    """Something hangs in a way that nothing can end: better gone than half there."""
    log.error("agent left by force")
    os._exit(int(ExitCode.FAILED))
