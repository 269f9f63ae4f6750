"""The least one can write with stock pygls: what its start and its round trip cost."""

from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("bare", "1")


@server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
async def inline_completion(
    params: types.InlineCompletionParams,
) -> list[types.InlineCompletionItem]:
    return [types.InlineCompletionItem(insert_text="constant")]


if __name__ == "__main__":
    server.start_io()
