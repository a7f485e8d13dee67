"""mini-swe-agent, one message at a time: `rounds.py MODEL MESSAGE_FILE`, run in the box.

It has no way to go on with a conversation, so this keeps it: what was said is in a file of the home, and a later
message is answered as if it had come in the same session.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml
from minisweagent import package_dir
from minisweagent.agents.default import DefaultAgent
from minisweagent.environments.local import LocalEnvironment
from minisweagent.models.litellm_model import LitellmModel

CONVERSATION = Path.home() / ".mini-swe-agent" / "conversation.json"
GOES_ON = """{{task}}

Go on in the same way, and finish by issuing `echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT` again, alone."""


class Rounds(DefaultAgent):
    """An agent that has said `earlier` before."""

    earlier: tuple[dict, ...] = ()

    def add_messages(self, *messages: dict) -> list[dict]:
        """The first two, from the templates, are the system's and the person's; what was said comes between them."""
        if self.earlier and not self.messages:
            messages = (*self.earlier, messages[-1])
        return super().add_messages(*messages)


def main(model: str, message: str) -> int:
    """One turn; the exit status is 1 when it did not end by itself."""
    config = yaml.safe_load((package_dir / "config" / "mini.yaml").read_text())
    settings = {key: value for key, value in config["agent"].items() if key.endswith("_template")}
    earlier = said_before()
    if earlier:
        settings["instance_template"] = GOES_ON
    agent = Rounds(
        LitellmModel(model_name=model, **config["model"]),
        LocalEnvironment(**config["environment"]),
        cost_limit=0,
        output_path=CONVERSATION,
        **settings,
    )
    agent.earlier = earlier
    end = agent.run(message)
    spoken = [one["content"] for one in agent.messages if one["role"] == "assistant" and one.get("content")]
    print("LAST WORDS", json.dumps(end.get("submission") or (spoken[-1] if spoken else end.get("exit_status", ""))))
    return 0 if end.get("exit_status") == "Submitted" else 1


def said_before() -> tuple[dict, ...]:
    """The conversation so far. What ended a turn stands where a tool's answer should: providers insist on one."""
    if not CONVERSATION.exists():
        return ()
    messages = [one for one in json.loads(CONVERSATION.read_text())["messages"] if one["role"] != "exit"]
    answered = {one.get("tool_call_id") for one in messages}
    whole = []
    for one in messages:
        whole.append(one)
        for call in one.get("tool_calls") or ():
            if call["id"] not in answered:
                whole.append({"role": "tool", "tool_call_id": call["id"], "content": "The turn ended here."})
    return tuple(whole)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]).read_text()))
