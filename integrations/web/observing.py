"""The pages for those who watch over the agent: `/healthz`, `/readyz` and `/metrics`."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from hub_agent.integration import AgentPort
from integrations.web.answers import json_answer
from integrations.web.metrics import Metrics
from integrations.web.stuck_rooms import StuckRooms


class ObservingPages:
    """See `Pages`; none of them says anything personal."""

    def __init__(self, agent: AgentPort, metrics: Metrics) -> None:
        self._agent = agent
        self._metrics = metrics
        self._stuck = StuckRooms()

    def add_to(self, router: web.UrlDispatcher) -> None:
        """See `Pages`."""
        router.add_get("/healthz", self._healthz)
        router.add_get("/readyz", self._readyz)
        router.add_get("/metrics", self._render_metrics)

    async def _healthz(self, _request: web.Request) -> web.Response:
        """That this answers shows that the loop turns; what remains are stuck rooms."""
        stuck = self._stuck.among(self._agent.health(), self._agent.clock.monotonic())
        return _report(ok=not stuck, body={"stuck_rooms": stuck})

    async def _readyz(self, _request: web.Request) -> web.Response:
        integrations = self._agent.health().get("integrations", {})
        return _report(ok=self._agent.ready(), body={"integrations": integrations})

    async def _render_metrics(self, _request: web.Request) -> web.Response:
        return web.Response(
            body=self._metrics.render(), headers={"Content-Type": self._metrics.content_type}
        )


def _report(*, ok: bool, body: Mapping[str, Any]) -> web.Response:
    return json_answer({"ok": ok, **body}, status=200 if ok else 503)
