"""Request and response bodies of the REST API, as the OpenAPI document shows them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from s2s import wire
from s2s.upstream.models.model_capabilities import Voice

MAX_HISTORY = 200


MAX_UNKNOWN_MEMBERS = 8


class RequestBody(BaseModel):
    """A JSON body of a request: unknown members are refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _bound_members(cls, data: Any) -> Any:
        # Each unknown member becomes an error: 20,000 of them take 50 ms.
        if isinstance(data, dict) and len(data) > len(cls.model_fields) + MAX_UNKNOWN_MEMBERS:
            raise ValueError(f"it has {len(data)} members")
        return data


class Said(RequestBody):
    """One turn of an earlier conversation."""

    role: Literal["user", "model"]
    text: Annotated[str, Field(min_length=1, max_length=4_000)]


class CreateSession(RequestBody):
    """What a session may choose; everything is optional."""

    voice: Annotated[Voice | None, Field(description="One of the service's 30 voices.", examples=["Puck"])] = None
    language: Annotated[
        str | None, Field(pattern=r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$", max_length=20, examples=["en-US"])
    ] = None
    system_instruction: Annotated[str | None, Field(max_length=20_000)] = None
    tools: Annotated[
        list[Annotated[str, Field(max_length=64)]] | None,
        Field(max_length=64, description="Names of functions to offer; all registered ones if absent."),
    ] = None
    input_transcription: bool = True
    output_transcription: bool = True
    turn_taking: Annotated[
        Literal["automatic", "manual"], Field(description="manual: the page marks speech itself (push-to-talk).")
    ] = "automatic"
    sensitivity: Annotated[
        wire.Sensitivity,
        Field(
            description="How easily a sound is taken for speech. low: clear speech only, for noisy rooms; high: quiet "
            "and short speech too, whose pauses get more time. Without effect where the page marks speech itself."
        ),
    ] = "normal"
    history: Annotated[
        list[Said],
        Field(
            max_length=MAX_HISTORY,
            description="What was said before, oldest first, for a conversation that goes on after its session was "
            "lost. Send what was heard. The newest 8,000 characters are used.",
        ),
    ] = []


class Report(RequestBody):
    """The person agrees that the recording of the conversation is saved for those who run the service."""

    consent: Literal[True]
    note: Annotated[str, Field(max_length=2_000, description="What went wrong, in the person's words.")] = ""


class SavedReport(BaseModel):
    """A report that was saved."""

    name: str
    seconds: float
    bytes: int
    audio: bool
    complete: bool


class ToolOffered(BaseModel):
    """One function that a session may have."""

    name: str
    description: str


class UpstreamOut(BaseModel):
    """Who answers."""

    backend: wire.Backend
    model: str


class UpstreamOffered(UpstreamOut):
    """Who would answer, and whether on the gateway's own machine."""

    on_this_machine: bool
    """True for a local engine that the gateway started or that has an address of its machine."""


class Options(BaseModel):
    """What a session may choose from; answer of GET /api/options."""

    upstream: UpstreamOffered
    """Where the user's voice would go."""
    voices: list[str]
    one_voice: bool
    """True for the local engine, whose voices all sound the same."""
    tools: list[ToolOffered]
    auth: Literal["none", "key", "jwt", "proxy"]
    """How callers authenticate."""
    may_call: bool
    """Whether the credentials that came with this request, if any, are enough to create a session."""
    login_url: str
    """Where people log in, as S2S_LOGIN_URL says; empty for nowhere."""


class Offer(RequestBody):
    """The browser's session description."""

    sdp: Annotated[str, Field(max_length=200_000)]
    type: Literal["offer"]


class Candidate(RequestBody):
    """An ICE candidate as the browser gives it; null or empty ends them."""

    model_config = ConfigDict(extra="ignore")
    candidate: Annotated[str | None, Field(max_length=2_000)] = None
    sdpMid: Annotated[str | None, Field(max_length=100)] = None
    sdpMLineIndex: Annotated[int | None, Field(ge=0, le=100)] = None


class IceServerOut(BaseModel):
    """For RTCPeerConnection."""

    urls: list[str]
    username: str | None
    credential: str | None


class IceServersOut(BaseModel):
    """ICE servers, each with credentials that are valid from now on."""

    ice_servers: list[IceServerOut]


class AudioOut(BaseModel):
    """Formats of the audio channel."""

    input_rate: int = wire.INPUT_RATE
    output_rate: int = wire.OUTPUT_RATE
    frame_ms: int = wire.FRAME_MS


class CreatedSession(BaseModel):
    """A session that waits for its browser."""

    session_id: str
    """Public name of the session, in paths and logs."""
    session_key: Annotated[
        str,
        Field(
            description="The session's secret, told only here. Every later request sends it as `Authorization: "
            "Bearer`, and `hello` in its field `session_key`."
        ),
    ]
    ice_servers: list[IceServerOut]
    audio: AudioOut
    upstream: UpstreamOut
    expires_in_s: float
    history_turns: int
    """Number of turns of the given history that are sent to the model."""


class Answer(BaseModel):
    """The gateway's session description."""

    sdp: str
    type: Literal["answer"] = "answer"


class InterruptAnswer(BaseModel):
    """What the interruption did."""

    interrupted: bool
    turn: int
    heard_ms: int


class ErrorOut(BaseModel):
    """One recent error."""

    time: str
    code: str
    message: str
    session: str


class ErrorsOut(BaseModel):
    """Recent errors, newest first."""

    errors: list[ErrorOut]


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether calls can be taken."""

    status: Literal["ok", "stopping", "unavailable"]


class AccountUsage(BaseModel):
    """What one account has used on one day."""

    day: str
    kind: Literal["day", "identity", "address", "group", "local", "service"]
    """day: all calls together. local: calls from this machine. service: the gateway's own, such as voice samples."""
    name: str
    calls: int
    """Calls that began on this day."""
    tokens: int
    usd: float


class UsageOut(BaseModel):
    """Table of usage."""

    usage: list[AccountUsage]


class ReportOut(BaseModel):
    """One report that a user handed in."""

    name: str
    saved_at: str
    size_bytes: int
    was_read: bool


class ReportsOut(BaseModel):
    """Reports, newest first."""

    reports: list[ReportOut]


class OriginAnswer(BaseModel):
    """Whether pages of the asking origin may use this gateway."""

    accepted: bool
    setting: str = "S2S_CORS_ORIGINS"
    """The setting in which an origin is added."""


class UpstreamStatus(UpstreamOut):
    """Who answers, and what decided it."""

    why: str
    talking_to: str


class Status(BaseModel):
    """Answer of GET /."""

    name: str
    version: str
    upstream: UpstreamStatus
    links: dict[str, str]


def plain(text: str) -> str:
    """Return the text in one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
