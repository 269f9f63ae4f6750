"""JSON-RPC and the life of a session, on top of pygls.

What pygls does otherwise, and why it is overridden here:

- a request sees the document as it was when the request was read (`request_document`);
- every request gets exactly one response, whatever is wrong with it;
- documents are kept by our own store; nothing is read from disk;
- no message body, parameter or exception text reaches a log.

Parameters of methods outside the standard arrive as plain dictionaries.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextvars import ContextVar, copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
    LanguageServerProtocol,
    lsp_method,
)

from turnout.lsp.client import ClientFacts
from turnout.lsp.documents import DocumentStore
from turnout.lsp.early import initialize_params, initialize_result, is_id
from turnout.lsp.faults import invalid_field, report
from turnout.lsp.framing import Frame, Lost
from turnout.lsp.positions import Positions
from turnout.lsp.reading import read_strictly

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from cattrs import Converter

    from turnout.document import Document
    from turnout.lsp.server import TurnoutServer

logger = logging.getLogger(__name__)

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
NOT_INITIALIZED: Final = -32002
CANCELLED: Final = -32800

_SYNC_METHODS: Final = {
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
}
_NOTEBOOKS: Final = (
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
)

MessageId = int | str

_request_document: ContextVar[Document | None] = ContextVar("request_document", default=None)
_work_done_token: ContextVar[types.ProgressToken | None] = ContextVar("token", default=None)


def request_document() -> Document | None:
    """Return the document the request is about, as it was when the request was read.

    None where it is not open or its text is in doubt. Holds in the handler and its tasks.
    """
    return _request_document.get()


def work_done_token() -> types.ProgressToken | None:
    """Return the token that the client sent with the request for its progress, if it did."""
    return _work_done_token.get()


class TurnoutProtocol(LanguageServerProtocol):
    """One client's session."""

    _server: TurnoutServer

    def __init__(self, server: TurnoutServer, converter: Converter) -> None:
        super().__init__(server, converter)
        for method in _NOTEBOOKS:
            del self.fm.builtin_features[method]
        read_strictly(converter)
        self.documents = DocumentStore(Positions())
        self.initialize_answered: Callable[[], bool] = lambda: False
        self.ended: Callable[[int], None] = lambda _: None
        self._initialized = False

    @property
    def shut_down(self) -> bool:
        """Whether the client has asked to shut down."""
        return self._shutdown

    def cancel_all(self) -> list[asyncio.Task[Any]]:
        """Cancel every request, theirs and ours; return what has yet to end."""
        futures: list[Any] = list(self._request_futures.values())
        for future in futures:
            future.cancel()
        return [future for future in futures if isinstance(future, asyncio.Task)]

    # What arrives

    def receive(self, frame: Frame) -> None:
        """Handle one message. Documents are changed and snapshots taken before it returns."""
        if isinstance(frame, Lost):
            self._lose(frame.reason)
            return
        try:
            message = json.loads(frame)
        except (ValueError, RecursionError):
            self._lose("a message that is not JSON")
            self._refuse(None, PARSE_ERROR, "Not JSON")
            return
        if not isinstance(message, dict) or message.get("jsonrpc") != self.VERSION:
            self._lose("a message that is not JSON-RPC")
            message_id = message.get("id") if isinstance(message, dict) else None
            self._refuse(message_id, INVALID_REQUEST, "Not a JSON-RPC 2.0 message")
        elif "method" not in message:
            self._receive_response(message)
        elif "id" in message:
            self._receive_request(message)
        else:
            self._receive_notification(message)

    def _lose(self, reason: str) -> None:
        logger.warning("skipped %s", reason)
        self.documents.doubt_all(f"lost {reason}")

    def _receive_request(self, message: dict[str, Any]) -> None:
        message_id, method = message["id"], message["method"]
        if refusal := self._refusal(message_id, method):
            self._refuse(message_id, *refusal)
            return
        if method == types.INITIALIZE:
            self._initialize(message)
            return
        try:
            request = self.structure_message(message)
        except Exception as error:  # a request is answered whatever it holds
            self._refuse(message_id, INVALID_PARAMS, f"Invalid params: {invalid_field(error)}")
            return
        copy_context().run(self._start, message_id, method, request.params)

    def _start(self, message_id: MessageId, method: str, params: Any) -> None:
        self._ctx_msg_id.set(message_id)
        _request_document.set(self._document_of(params))
        _work_done_token.set(getattr(params, "work_done_token", None))
        self._execute_handler(
            _key(message_id),
            self._get_handler(method),
            callback=partial(self._answer, message_id),
            args=(params,),
        )

    def _refusal(self, message_id: Any, method: object) -> tuple[int, str] | None:
        if not is_id(message_id) or not isinstance(method, str):
            return INVALID_REQUEST, "Not a JSON-RPC 2.0 request"
        if self._shutdown:
            return INVALID_REQUEST, "The server is shutting down"
        if not self._initialized and method != types.INITIALIZE:
            return NOT_INITIALIZED, "The server is not initialized"
        if self._initialized and method == types.INITIALIZE:
            return INVALID_REQUEST, "The server is already initialized"
        if _key(message_id) in self._request_futures:
            return INVALID_REQUEST, "A request with this id is still being answered"
        if method not in self.fm.builtin_features and method not in self.fm.features:
            return METHOD_NOT_FOUND, f"Method not found: {method}"
        return None

    def _receive_notification(self, message: dict[str, Any]) -> None:
        method = message["method"]
        running = self._initialized and not self._shutdown
        if not isinstance(method, str) or not (running or method == types.EXIT):
            return
        try:
            notification = self.structure_message(message)
        except Exception as error:  # nobody to answer, and the next message counts
            logger.warning("ignored %s: %s does not validate", method, invalid_field(error))
            if method in _SYNC_METHODS:
                uri = _uri_of(message.get("params"))
                self.documents.doubt(uri, "a notification that does not validate")
            return
        if method == types.CANCEL_REQUEST:
            self._handle_cancel_notification(notification.params.id)
            return
        features = (self.fm.builtin_features, self.fm.features)
        handler = next((known[method] for known in features if method in known), None)
        if handler is None:
            logger.debug("ignored notification %s", method)
            return
        key: Any = object()
        self._execute_handler(
            key, handler, callback=partial(self._notified, key), args=(notification.params,)
        )

    def _notified(self, key: Any, future: asyncio.Future[Any]) -> None:
        self._request_futures.pop(key, None)
        if not future.cancelled() and (error := future.exception()) is not None:
            report(logger, "a notification failed", error)

    def _receive_response(self, message: dict[str, Any]) -> None:
        future = self._request_futures.pop(_hashable(message.get("id")), None)
        if future is None:
            return  # to no request of ours, or to one that was given up
        try:
            response = self.structure_message(message)
        except Exception as error:
            reason = f"The client's response does not validate: {invalid_field(error)}"
            future.set_exception(JsonRpcInvalidParams(reason))
            return
        if failure := getattr(response, "error", None):
            future.set_exception(JsonRpcException.from_error(failure))
        else:
            future.set_result(response.result)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Make the typed message; raises what the converter raises, and logs nothing."""
        if "method" not in data:
            found = self._result_types.pop(data["id"], None)
            kind = types.ResponseErrorMessage if "error" in data else found
            return self._converter.structure(data, kind or JsonRPCResponseMessage)
        found = self.get_message_type(data["method"])
        plain = JsonRPCRequestMessage if "id" in data else JsonRPCNotification
        return self._converter.structure(data, found or plain)

    def _document_of(self, params: object) -> Document | None:
        identifier = getattr(params, "text_document", None)
        uri = identifier.uri if identifier is not None else _uri_of(params)
        return self.documents.snapshot(uri) if isinstance(uri, str) else None

    # What is answered

    def _answer(self, msg_id: MessageId, future: asyncio.Future[Any]) -> None:
        """Send the one response to a request, when its handler is through."""
        self._request_futures.pop(_key(msg_id), None)
        if future.cancelled():
            self._refuse(msg_id, CANCELLED, "The request was cancelled")
            return
        error = future.exception()
        try:
            if error is None:
                self._reply(msg_id, future.result())
                return
        except Exception as unsendable:  # a result that can not be written
            error = unsendable
        if isinstance(error, JsonRpcException):
            self._refuse(msg_id, error.code, error.message)
            return
        report(logger, "a request failed", error)
        self._refuse(msg_id, INTERNAL_ERROR, "Internal error; the server's log says where")

    def _reply(self, msg_id: MessageId, result: Any) -> None:
        self._send_data({"jsonrpc": self.VERSION, "id": msg_id, "result": result})

    def _refuse(self, msg_id: object, code: int, message: str) -> None:
        known = msg_id if is_id(msg_id) else None
        error = {"code": code, "message": message}
        self._send_data({"jsonrpc": self.VERSION, "id": known, "error": error})

    def send_request(
        self,
        method: str,
        params: Any = None,
        callback: Callable[[Any], None] | None = None,
        msg_id: MessageId | None = None,
    ) -> Future[Any]:
        """Ask the client; whoever gives up waiting tells it so, and nothing is kept of it."""
        known = uuid4().hex if msg_id is None else msg_id
        future = super().send_request(method, params, callback, known)
        future.add_done_callback(partial(self._given_up, known))
        return future

    def _given_up(self, msg_id: MessageId, future: Future[Any]) -> None:
        if not future.cancelled():
            return
        self._request_futures.pop(msg_id, None)
        self._result_types.pop(msg_id, None)
        if not self._shutdown:
            self.notify(types.CANCEL_REQUEST, types.CancelParams(id=msg_id))

    def _handle_cancel_notification(self, msg_id: MessageId) -> None:
        # The future stays where it is: `_answer` takes it away, so that there is one answer.
        if (future := self._request_futures.get(_key(msg_id))) is not None:
            future.cancel()

    def _send_data(self, data: Any) -> None:
        if self.writer is None:
            return
        body = json.dumps(data, default=self._serialize_message, separators=(",", ":"))
        self.writer.write(body.encode())

    # The session

    def _initialize(self, message: dict[str, Any]) -> None:
        request = initialize_params(message)
        if request is None:
            self._refuse(message["id"], INVALID_PARAMS, "Invalid params: an object is expected")
            return
        message_id, params = request
        self._initialized = True
        client = ClientFacts.of(params)
        self.documents.positions = Positions(client.encoding)
        if not self.initialize_answered():
            self._reply(message_id, initialize_result(params))
        self._server.begin(client)

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *_: Any) -> None:  # type: ignore[override]
        """End every request; each is still answered."""
        self._shutdown = True
        self.cancel_all()

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> None:  # type: ignore[override]
        """End the session; the process is ended by whoever runs it."""
        self.ended(0 if self._shutdown else 1)

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Keep the text."""
        self.documents.open(params.text_document)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Apply the changes."""
        document = params.text_document
        self.documents.change(document.uri, document.version, params.content_changes)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Forget the text."""
        self.documents.close(params.text_document.uri)

    @lsp_method(types.TEXT_DOCUMENT_DID_SAVE)
    def lsp_text_document__did_save(self, params: types.DidSaveTextDocumentParams) -> None:
        """Tell those who watch the document."""
        self.documents.save(params.text_document.uri)

    @lsp_method(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def lsp_workspace__did_change_workspace_folders(
        self, params: types.DidChangeWorkspaceFoldersParams
    ) -> None:
        """Work in these folders from now on."""
        self._server.change_folders(
            added=[folder.uri for folder in params.event.added],
            removed=[folder.uri for folder in params.event.removed],
        )

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override]
        self, params: types.ExecuteCommandParams
    ) -> Any:
        """Run a command in the request's own task, so that a cancel reaches it."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"Unknown command: {params.command}")
        result = handler(*(params.arguments or ()))
        return await result if asyncio.iscoroutine(result) else result


def _key(msg_id: MessageId) -> Any:
    """Return the key of a client's request, apart from the ids of our own requests."""
    return ("request", msg_id)


def _hashable(msg_id: object) -> Any:
    return msg_id if is_id(msg_id) else None


def _uri_of(params: object) -> object:
    identifier = params.get("textDocument") if isinstance(params, dict) else None
    return identifier.get("uri") if isinstance(identifier, dict) else None
