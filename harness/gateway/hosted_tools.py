"""Tools that run at the provider and reach the network. A box has none, so they are taken out of requests.

Taken out, not refused: some clients offer them in every request, and a model that lacks one works without. Tools of
any other type, known or not, stay as they are.
"""

from __future__ import annotations

import re
from typing import Any

# OpenAI: web_search, web_search_preview, mcp; Anthropic: web_search_20250305, web_fetch_20250910, mcp_toolset.
_TYPES = re.compile(r"^(web_search|web_fetch|mcp)(_|$)")
_GEMINI = ("googleSearch", "google_search", "googleSearchRetrieval", "google_search_retrieval", "urlContext",
           "url_context", "googleMaps", "google_maps")  # fmt: skip
_FIELDS = ("web_search_options", "mcp_servers")  # of Chat Completions, of Messages


def without_hosted_tools(body: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The request without them, and their names; the very same object where there are none."""
    found = [field for field in _FIELDS if field in body]
    kept = []
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else []:
        if not isinstance(tool, dict):
            kept.append(tool)
            continue
        names = [key for key in _GEMINI if key in tool]
        if isinstance(tool.get("type"), str) and _TYPES.match(tool["type"]):
            found.append(tool["type"])
        elif names:
            found += names
            rest = {key: value for key, value in tool.items() if key not in names}
            kept += [rest] if rest else []
        else:
            kept.append(tool)
    if not found:
        return body, ()
    rest = {key: value for key, value in body.items() if key not in _FIELDS}
    if isinstance(tools, list):
        rest["tools"] = kept
        if not kept:  # an empty list, or a choice among no tools, is an error to some
            rest = {key: value for key, value in rest.items() if key not in ("tools", "tool_choice", "toolConfig")}
    return rest, tuple(found)
