"""Entry 3, the model: dial Vertex AI, the Developer API or the emulator over one WebSocket, and read until it ends.

Knows no turns: it carries bytes, and reports what it read as events of `s2s.core.events`.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, assert_never

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from s2s.core.effects import (
    Dial,
    EndAudioStream,
    PromptReply,
    Redial,
    SendActivity,
    SendAudio,
    SendContext,
    SendImage,
    SendText,
    SendToolResponse,
    SendVideoFrame,
    StopGeneration,
)
from s2s.core.events import (
    ModelAudio,
    ResumptionHandle,
    SetupComplete,
    SocketLost,
    UnreadableMessage,
    UpstreamErrorReported,
    UpstreamEvent,
)
from s2s.core.link.upstream_buffer import UpstreamEffect
from s2s.logs import LOGGER
from s2s.settings import Settings
from s2s.upstream.codec import gemini_codec
from s2s.upstream.codec.setup_message import SessionConfig, setup_message
from s2s.upstream.connection.audio_resampler import AudioResampler
from s2s.upstream.connection.dialing import (
    DialLimits,
    LimitedConnect,
    ServiceError,
    StepTimedOut,
    printable,
    socket_lost_from,
    step_timeout,
)
from s2s.upstream.connection.keepalive import PING_EVERY_S, PONG_TIMEOUT_S, Keepalive, ServiceLatency
from s2s.upstream.connection.send_queue import Message, UpstreamSendQueue
from s2s.upstream.connection.tcp_health import wait_until_unacknowledged
from s2s.upstream.connection.unacked_messages import UnackedMessages
from s2s.upstream.credentials.access_tokens import CredentialsError, GoogleCredentials
from s2s.upstream.models.model_capabilities import Capabilities
from s2s.upstream.network.outbound import Network
from s2s.upstream.refusals.close_codes import ENGINE_MISSING, Verdict, diagnose
from s2s.upstream.target.endpoints import UpstreamTarget

CLOSE_TIMEOUT_S = 2.0
# Google's pongs were measured 8 to 30 s late: only `keepalive` judges by them. After this we give up anyway.
PING_TIMEOUT_S = 90.0
MAX_MESSAGE_BYTES = 16 * 2**20


class EngineMissing(Exception):
    """The local engine cannot load; the text says what is missing."""


class GeminiService:
    """What all sessions of a gateway share: target, credentials, address."""

    def __init__(
        self,
        choice: UpstreamTarget,
        credentials: GoogleCredentials | None = None,
        locate: Callable[[], Awaitable[str]] | None = None,
        network: Network | None = None,
    ) -> None:
        """`locate` finds our own emulator; it may raise EngineMissing or TimeoutError."""
        self.choice = choice
        """The target of new calls."""
        self.replaced_model = ""
        """The configured model, if the service refused it and another one answers."""
        self.on_replaced: Callable[[UpstreamTarget], None] = lambda _: None
        self.limits = DialLimits()
        self.open_sockets = 0
        self.pongs = ServiceLatency()
        self.last_failure = ""
        self.oddities: Counter[str] = Counter()
        """Counts of undocumented values from upstream, by kind, over all sessions."""
        self._credentials = credentials
        self._network = network or Network(Settings())
        self._locate = locate

    def dial_options(self, url: str) -> dict[str, Any]:
        """Return proxy and TLS options for `websockets.connect(url)`."""
        return self._network.dial_options(url, direct=self.choice.backend == "emulator")

    async def address(self) -> str:
        """Return the URL to dial. Raises EngineMissing, TimeoutError."""
        return self.choice.url(await self._locate() if self._locate else None)

    async def headers(self) -> dict[str, str]:
        """Return the authentication headers of one dial. Raises CredentialsError."""
        if self._credentials is not None:
            headers = await self._credentials.headers()
            self._credentials.project_or(self.choice.project)
            return headers
        return {"x-goog-api-key": self.choice.api_key}

    async def renew(self, refused: dict[str, str]) -> bool:
        """Replace refused credentials; False for an API key, which cannot be renewed. Raises CredentialsError."""
        if self._credentials is None:
            return False
        await self._credentials.renew(refused["Authorization"].removeprefix("Bearer "))
        return True

    def model_path(self, choice: UpstreamTarget, model: int = 0) -> str:
        """Return the model path for setup; `model` is an index into the candidates of `choice`."""
        project = choice.project or (self._credentials.project if self._credentials else "")
        return choice.with_model(model).model_path.format(project=project)

    def replace_model(self, refused: UpstreamTarget, model: int) -> None:
        """Start later calls with candidate `model`, since those before it are unknown to the service or retired."""
        if refused is not self.choice:
            return
        self.replaced_model = self.replaced_model or refused.model
        self.choice = refused.with_model(model)
        text = "the service does not offer %s any more; %s answers instead. Set GEMINI_MODEL=%s in backend/.env"
        LOGGER.warning(text, refused.model, self.choice.model, self.choice.model, extra={"code": "model_replaced"})
        self.on_replaced(self.choice)


class GeminiLiveClient:
    """The upstream connection of one session: at most one socket at a time."""

    def __init__(self, upstream: GeminiService, config: SessionConfig, feed: Callable[[UpstreamEvent], None]) -> None:
        self._upstream = upstream
        self._choice = upstream.choice
        self._abilities = self._choice.abilities()
        self._config = config
        self._feed = feed
        self._call_ids: Iterator[str] = (f"call-{n}" for n in itertools.count(1))
        self._outbox = UpstreamSendQueue()
        self._socket: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._change: asyncio.Task[None] | None = None
        self._closed = False
        self._model = 0
        self._unknown: set[int] = set()
        """Models refused as unknown or retired."""
        self._headers: dict[str, str] = {}
        self._was_live = False
        self._refused_headers: dict[str, str] | None = None
        """Refused credentials, to be replaced before the next dial."""
        self._loop = asyncio.get_running_loop()
        self._pulse = Keepalive(upstream.pongs)

    def dial(self, wanted: Dial | Redial) -> None:
        """Open a socket in the background. Its end, or its failure to open, comes as SocketLost, exactly once.

        The history is sent first.
        """
        if not self._closed:
            self._task = asyncio.create_task(self._call(wanted), name="upstream")

    def redial(self, wanted: Redial) -> None:
        """Close the open socket, then dial, in the background: a session that is still open cannot be resumed."""
        self._change = asyncio.create_task(self._change_socket(wanted), name="upstream hand-over")

    def send(self, effect: UpstreamEffect) -> None:
        """Send or queue one frame; never blocks. See UpstreamSendQueue for what is dropped on a slow socket."""
        if isinstance(effect, SendAudio):
            self._outbox.enqueue(gemini_codec.audio(effect.pcm), True)
            return
        text = self._encode(effect)
        if text is None:
            return
        if isinstance(effect, SendVideoFrame):
            self._outbox.enqueue_video_frame(text)
        else:
            self._outbox.enqueue(text, False)

    async def hang_up(self) -> None:
        """Close the socket, if any, and wait until it is closed. No SocketLost follows."""
        task, self._task = self._task, None
        if task is None:
            return
        if self._socket is not None:
            await self._socket.close()
        else:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """Close the socket for good; later dials are ignored."""
        self._closed = True
        if self._change is not None:
            await asyncio.gather(self._change, return_exceptions=True)
        await self.hang_up()

    async def _change_socket(self, wanted: Redial) -> None:
        await self.hang_up()
        self.dial(wanted)

    def _encode(self, effect: UpstreamEffect) -> str | None:
        allowed = self._abilities[self._model]
        match effect:
            case SendAudio(pcm=pcm):
                return gemini_codec.audio(pcm)
            case SendText(text=text):
                return (
                    gemini_codec.text_as_realtime_input(text)
                    if allowed.realtime_text
                    else gemini_codec.text_as_content(text)
                )
            case SendImage(jpeg=jpeg, text=text):
                return _picture(jpeg, text, allowed)
            case SendVideoFrame(jpeg=jpeg):
                return gemini_codec.video(jpeg) if allowed.images else None
            case StopGeneration():
                return gemini_codec.stop_generation() if allowed.stop_verb else None
            case SendActivity(started=started):
                return gemini_codec.activity(started)
            case EndAudioStream():
                return gemini_codec.audio_stream_end()
            case SendToolResponse(id=call_id, name=name, response=response, echo_id=echo_id):
                return gemini_codec.tool_response(
                    call_id if echo_id else None, name, response, effect.scheduling or None
                )
            case PromptReply(text=text):
                return _nudge(text, allowed)
            case SendContext(text=text):
                return gemini_codec.context(text) if allowed.unanswered_content else None
            case _:
                assert_never(effect)

    async def _call(self, wanted: Dial | Redial) -> None:
        try:
            await self._authorise()
            lost = await self._converse(wanted)
        except EngineMissing as fault:
            lost = SocketLost(ENGINE_MISSING, str(fault))
        except Exception as fault:
            known = socket_lost_from(fault, self._upstream.limits)
            if known is None:
                # A bug of ours while an event was handled: the session must learn that its socket is gone.
                LOGGER.exception("the upstream reader failed", extra={"code": "internal"})
            lost = known or SocketLost(1006, f"{type(fault).__name__} in the gateway")
        self._note_outcome(lost, wanted.model)
        if self._task is asyncio.current_task():
            self._task = None
            self._feed(lost)

    async def _authorise(self) -> None:
        """Fetch headers for the next dial. Raises CredentialsError."""
        refused, self._refused_headers = self._refused_headers, None
        try:
            async with step_timeout(self._upstream.limits.credentials_s, "no access token came"):
                # A token may be revoked before it expires.
                if refused is not None and await self._upstream.renew(refused):
                    LOGGER.info("the access token was refused and fetched anew")
                self._headers = await self._upstream.headers()
        except StepTimedOut as fault:
            raise CredentialsError(str(fault), code="token_timeout", retryable=True) from fault

    def _note_outcome(self, lost: SocketLost, model: int) -> None:
        self._upstream.last_failure = lost.reason
        was_live = model == self._model and self._was_live
        verdict = diagnose(lost.code, lost.reason, was_live=was_live, backend=self._choice.backend).verdict
        if verdict is Verdict.RENEW_TOKEN:
            self._refused_headers = self._headers
        elif verdict is Verdict.CHANGE_MODEL:
            self._unknown.add(model)

    async def _converse(self, wanted: Dial | Redial) -> SocketLost:
        """Dial, run the socket to its end, and return how it ended."""
        url = await self._upstream.address()
        self._model, self._was_live = wanted.model, False
        async with LimitedConnect(
            url,
            self._upstream.limits,
            **self._upstream.dial_options(url),
            additional_headers=self._headers,
            compression=None,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=None,
            max_size=MAX_MESSAGE_BYTES,
            user_agent_header="s2s-gateway",
        ) as socket:
            self._socket = socket
            self._upstream.open_sockets += 1
            first = self._first_messages(wanted)
            self._pulse = Keepalive(self._upstream.pongs)
            writer = asyncio.gather(self._outbox.write(socket), self._send_pings(socket, self._pulse), _abandon(socket))
            try:
                await self._read(socket, self._setup(wanted), first)
            finally:
                # A socket that ends late must not hide its successor.
                self._socket = None if self._socket is socket else self._socket
                self._upstream.open_sockets -= 1
                writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)
        return SocketLost(socket.close_code or 1006, printable(socket.close_reason or ""))

    def _setup(self, wanted: Dial | Redial) -> str:
        allowed = self._abilities[wanted.model]
        path = self._upstream.model_path(self._choice, wanted.model)
        return setup_message(path, self._config, allowed, wanted.handle, seeded=self._announced(wanted))

    def _announced(self, wanted: Dial | Redial) -> bool:
        """Return True if setup announces earlier turns."""
        history_config = self._abilities[wanted.model].history_config
        return bool(wanted.history) and wanted.handle is None and history_config

    def _first_messages(self, wanted: Dial | Redial) -> list[Message]:
        """Return what to send once setup is accepted: the history, or what the same session has not consumed."""
        unsent = self._outbox.clear()
        kept = self._outbox.numbered
        self._outbox.numbered = now = UnackedMessages() if self._abilities[wanted.model].transparent else None
        if wanted.handle is not None and kept is not None and now is not None:
            return kept.messages_to_replay(unsent)
        if not wanted.history:
            return []
        turns = [(turn.role, turn.text) for turn in wanted.history]
        return [(gemini_codec.history(turns, complete=self._announced(wanted)), False)]

    async def _read(self, socket: ClientConnection, setup: str, first: list[Message]) -> None:
        """Read until the socket ends; after setup it awaits nothing but the socket."""
        voices = AudioResampler()
        try:
            async with step_timeout(self._upstream.limits.setup_s, "setup was not answered") as limit:
                await socket.send(setup)
                async for frame in socket:
                    self._pulse.heard_at = self._loop.time()
                    for word in gemini_codec.decode(frame, self._call_ids):
                        if isinstance(word, ModelAudio) and not voices.converting:
                            self._feed(word)
                            continue
                        if isinstance(word, UpstreamErrorReported):
                            raise ServiceError(word)
                        if isinstance(word, SetupComplete):
                            limit.reschedule(None)
                        for fact in voices.resample(word):
                            self._on_frame(fact, socket, first)
        except ConnectionClosed:
            LOGGER.debug("upstream closed: %s %s", socket.close_code, socket.close_reason)

    def _on_frame(self, fact: UpstreamEvent, socket: ClientConnection, first: list[Message]) -> None:
        if isinstance(fact, SetupComplete):
            self._was_live = True
            self._outbox.open(socket, first)
            if self._model and self._unknown.issuperset(range(self._model)):
                self._upstream.replace_model(self._choice, self._model)
        elif isinstance(fact, ResumptionHandle) and fact.consumed is not None and self._outbox.numbered:
            self._outbox.numbered.on_consumed(fact.consumed)
        elif isinstance(fact, UnreadableMessage):
            self._upstream.oddities[fact.kind] += 1
        self._feed(fact)

    async def _send_pings(self, socket: ClientConnection, pulse: Keepalive) -> None:
        """Send pings, and close a half-open connection; the read loop then reports it like any other end."""
        while True:
            at, pong = self._loop.time(), None
            try:
                async with asyncio.timeout(PONG_TIMEOUT_S):
                    pong = asyncio.ensure_future(await socket.ping())
                    await asyncio.shield(pong)
                pulse.on_pong(self._loop.time() - at, self._loop.time())
                await asyncio.sleep(PING_EVERY_S)
            except TimeoutError:
                if pulse.is_dead(at, self._loop.time()) or self._loop.time() - pulse.heard_at > PING_TIMEOUT_S:
                    LOGGER.warning(
                        "nothing comes from the model any more, not even a pong", extra={"code": "half_open"}
                    )
                    socket.transport.abort()
                    return
                if pong is None:
                    continue
                await asyncio.wait([pong], timeout=PING_TIMEOUT_S)
                if pong.done() and pong.exception() is None:
                    pulse.on_pong(self._loop.time() - at, self._loop.time())
            except ConnectionClosed:
                return


def _picture(jpeg: bytes, text: str, allowed: Capabilities) -> str | None:
    """Send an image in a turn if the model accepts one in mid-session, else as a video frame followed by the text."""
    if not allowed.images:
        return gemini_codec.text_as_content(text) if text else None
    in_a_turn = allowed.content_mid_session if text else allowed.unanswered_content
    return gemini_codec.picture(jpeg, text) if in_a_turn else gemini_codec.video(jpeg)


async def _abandon(socket: ClientConnection) -> None:
    """Abort a connection whose bytes are no longer acknowledged: mic audio is sent all the time."""
    await wait_until_unacknowledged(socket.transport.get_extra_info("socket"))
    LOGGER.warning("the model's side acknowledges nothing any more", extra={"code": "half_open"})
    socket.transport.abort()


def _nudge(text: str, allowed: Capabilities) -> str:
    """Return "answer now" in the form that LiveKit and Pipecat use with each generation of models."""
    if not allowed.content_mid_session:
        return gemini_codec.text_as_realtime_input(text or " ")
    if text or not allowed.empty_nudge:
        return gemini_codec.text_as_content(text or ".")
    return gemini_codec.go_ahead()
