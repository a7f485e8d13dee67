"""What a run consists of, checked before anything is started."""

from pathlib import Path

import pytest

from evaluator.evidence import TrialResult
from evaluator.run.folder import RunError, Shard
from evaluator.run.plan import check_resumable, make_plan, task_folders
from evaluator.run.run import Request, _check_place
from evaluator.task import TaskError
from harness.agents import AgentError, AgentMaker
from harness.agents.reference import Reference

TALLY = str(Path(__file__).parents[4] / "evaluator/task/smallest/tally")


def plan(*agents: str, attempts: int = 1, tasks=(TALLY,), scale: float = 1.0, sandbox: str = "auto", model=None):
    return make_plan(agents or ("nop",), tasks, attempts=attempts, deadline_scale=scale, sandbox=sandbox, model=model)


def done(name: str, outcome: str = "completed") -> TrialResult:
    agent, task, attempt = name.split("--")
    return TrialResult(
        agent=agent, task=task, task_version=1, task_digest="d", attempt=int(attempt), sandbox="docker", outcome=outcome
    )


class TestTrials:
    def test_every_agent_does_every_task_so_often_attempts_outermost(self):
        assert [spec.name for spec in plan("reference", "nop", attempts=2).trials] == [
            "reference--tally--1", "nop--tally--1", "reference--tally--2", "nop--tally--2",
        ]  # fmt: skip

    def test_what_is_named_twice_runs_once(self):
        assert len(plan("nop", "nop", tasks=(TALLY, TALLY)).trials) == 1

    def test_recorded_work_of_another_task_is_refused(self, monkeypatch):
        maker = AgentMaker(lambda *_: None, task="shop")
        monkeypatch.setattr("evaluator.run.plan.load_agent", lambda text: ("replay-chat", maker))
        with pytest.raises(AgentError, match="replay-chat did the task shop and cannot do tally"):
            plan("replay:x")

    def test_two_agents_of_one_name_are_refused(self, tmp_path):
        files = [tmp_path / "a.toml", tmp_path / "b.toml"]
        for file in files:
            file.write_text('name = "same"\n[command]\nfirst = ["x"]\n')
        with pytest.raises(AgentError, match="already an agent called same"):
            plan(*map(str, files))

    def test_the_reference_gets_the_patches_of_its_shape(self, tally):
        made = plan("reference", "reference-2")
        first, second = (made.agent(spec) for spec in made.trials)
        assert isinstance(first, Reference)
        assert (first._patches, second._patches) == (tally.solution(1), tally.solution(2))

    def test_finished_trials_are_left_out_and_broken_ones_run_again(self):
        made = plan(attempts=3)
        left = made.left([done("nop--tally--1"), done("nop--tally--2", "infrastructure_error")])
        assert [spec.name for spec in left] == ["nop--tally--2", "nop--tally--3"]
        assert made.left([]) == list(made.trials)

    def test_what_was_asked_is_in_the_info(self, tally):
        info = plan("nop", "reference", attempts=2, scale=1.5).info
        assert (info.agents, info.attempts, info.deadline_scale) == (("nop", "reference"), 2, 1.5)
        assert [(task.id, task.digest, task.folder) for task in info.tasks] == [("tally", tally.digest, "tally")]
        assert info.id != plan().info.id


class TestModels:
    @pytest.fixture
    def caller(self, tmp_path):
        """The path of an agent file that names what is given."""

        def write(*names):
            path = tmp_path / "caller.toml"
            path.write_text(f'name = "caller"\n[command]\nfirst = ["run", "{" ".join(names)}"]\n')
            return str(path)

        return write

    def test_an_agent_that_works_with_any_model_must_be_told_which(self, caller):
        with pytest.raises(AgentError, match="say which: --model NAME"):
            plan(caller("{gateway_url}", "{model}"))
        assert plan(caller("{gateway_url}", "{model}"), model="m").info.model == "m"

    def test_an_agent_may_choose_its_models_itself(self, caller):
        made = plan(caller("{gateway_url}"), "nop")
        assert [made.calls_models(spec) for spec in made.trials] == [True, False]
        assert made.calls_models()

    def test_whose_model_it_is_is_in_the_info(self, caller):
        info = plan(caller("{gateway_url}", "{model}"), "nop", model="m").info
        assert (info.model, info.models) == ("m", {"caller": "m"})
        assert [info.model_of(agent) for agent in info.agents] == ["m", None]

    def test_a_model_that_nobody_takes_is_refused(self):
        with pytest.raises(AgentError, match="none of the agents given takes a model"):
            plan("nop", model="m")
        assert not plan("nop").calls_models()

    def test_another_model_is_another_run(self, caller):
        one, other = (plan(caller("{gateway_url}"), model=model).info for model in ("a", "b"))
        with pytest.raises(RunError, match="model = a, not b"):
            check_resumable(one, other)


class TestResume:
    def test_the_same_request_can_go_on(self):
        check_resumable(plan().info, plan().info)

    def test_the_order_of_the_agents_is_no_other_request(self):
        check_resumable(plan("nop", "reference").info, plan("reference", "nop").info)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"agents": ("nop", "x")}, "agents = nop, not nop, x"),
            ({"attempts": 4}, "attempts = 1, not 4"),
            ({"deadline_scale": 2.0}, "deadline_scale = 1.0, not 2.0"),
            ({"sandbox": "docker"}, "sandbox = auto, not docker"),
            ({"shard": Shard(number=2, of=4, trials=1)}, "shard = None, not 2/4"),
            ({"tasks": ()}, "started with tasks tally, not"),
        ],
    )
    def test_another_request_is_refused_with_the_difference(self, changes, said):
        info = plan().info
        with pytest.raises(RunError, match="This run was started with") as caught:
            check_resumable(info, info.model_copy(update=changes))
        assert said in str(caught.value)

    def test_a_changed_task_is_refused(self):
        info = plan().info
        changed = info.tasks[0].model_copy(update={"digest": "other"})
        with pytest.raises(RunError, match="Task tally has changed"):
            check_resumable(info, info.model_copy(update={"tasks": (changed,)}))


class TestPlaces:
    def test_a_new_or_empty_folder_is_fine(self, tmp_path):
        _check_place(tmp_path, resume=False)
        _check_place(tmp_path / "new", resume=False)

    def test_a_folder_with_a_run_needs_resume(self, tmp_path):
        (tmp_path / "run.json").write_text("{}")
        with pytest.raises(RunError, match=r"already holds a run\. Add --resume"):
            _check_place(tmp_path, resume=False)
        _check_place(tmp_path, resume=True)

    def test_a_folder_with_something_else_is_refused(self, tmp_path):
        (tmp_path / "thesis.tex").write_text("")
        for resume in (False, True):
            with pytest.raises(RunError, match="not empty and holds no run"):
                _check_place(tmp_path, resume=resume)

    def test_a_run_killed_in_its_first_moments_can_be_taken_up(self, tmp_path):
        (tmp_path / "trials").mkdir()
        (tmp_path / ".lock").write_text("")
        _check_place(tmp_path, resume=True)

    def test_there_is_nothing_to_resume_in_an_absent_folder(self, tmp_path):
        with pytest.raises(RunError, match="does not exist"):
            _check_place(tmp_path / "gone", resume=True)

    def test_a_request_has_defaults_for_all_but_the_agents(self):
        assert (Request(("nop",)).attempts, Request(("nop",)).jobs, Request(("nop",)).resume) == (1, 1, False)


class TestTaskNames:
    @pytest.fixture
    def here(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for name in ("coupon", "stock"):
            (tmp_path / "task_repos" / name).mkdir(parents=True)
            (tmp_path / "task_repos" / name / "task.toml").write_text("")
        return tmp_path

    def test_names_and_paths_are_found_and_none_means_all(self, here):
        assert [path.name for path in task_folders(())] == ["coupon", "stock"]
        assert task_folders(("stock", TALLY)) == [Path("task_repos/stock"), Path(TALLY)]

    def test_an_unknown_name_lists_what_is_known_and_suggests(self, here):
        with pytest.raises(
            TaskError, match=r"no task `cupon`.*Did you mean `coupon`\? Known in ./task_repos: coupon, st"
        ):
            task_folders(("cupon",))

    def test_a_path_without_a_task_is_told(self, here):
        with pytest.raises(TaskError, match=r"neither a name nor a folder with a task\.toml"):
            task_folders((str(here),))

    def test_without_tasks_one_is_asked_for(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(TaskError, match="Give one by path"):
            task_folders(())
        with pytest.raises(TaskError, match=r"There is no \./task_repos here"):
            task_folders(("x",))


def test_arms_come_after_the_trials_that_count():
    made = make_plan(["nop"], [TALLY], attempts=1, deadline_scale=1, sandbox="auto", twin=True, control=True)
    names = [spec.name for spec in made.trials]
    assert names == [f"nop--tally--1{arm}" for arm in ("", "+clear", "+from2", "+from3")]
    assert [[r.number for r in spec.rounds] for spec in made.trials] == [[1, 2, 3], [1, 2, 3], [2], [3]]
