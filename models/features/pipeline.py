"""What pipelines do: triggers, runners, secrets, steps, hosts, log lines."""

from __future__ import annotations

from collector.event import Kind
from models.features.feature import Feature, Measure

_RUN = frozenset({Kind.RUN, Kind.LOG})
_LOG = frozenset({Kind.LOG})
_WORKFLOW = ("workflow", "population")
_JOB = ("job", "population")
NOTHING_NEW = "nothing new"
"""The `line` of a log that printed nothing new: learned, so that a job is known to print nothing new."""

FEATURES = (
    Feature(
        "workflow_of_repo",
        "pipeline",
        "workflow",
        ("repo", "population"),
        "workflow {value} is new or rare in {owner}",
        kinds=_RUN,
    ),
    Feature(
        "workflow_name_in_organisation",
        "pipeline",
        "workflow_name",
        ("population",),
        "a workflow called {value} is new or rare in the whole organisation",
        kinds=_RUN,
    ),
    Feature(
        "trigger_of_workflow",
        "pipeline",
        "trigger",
        _WORKFLOW,
        "{owner} was started by {value}; usual: {usual}",
        kinds=_RUN,
    ),
    Feature(
        "actor_of_workflow",
        "reach",
        "actor",
        _WORKFLOW,
        "{value} is new or rare as the starter of {owner}",
        kinds=_RUN,
    ),
    Feature(
        "branch_class_of_workflow",
        "branch",
        "branch_class",
        _WORKFLOW,
        "{owner} ran on {value}; usual: {usual}",
        kinds=_RUN,
    ),
    Feature(
        "head_fork_of_workflow",
        "fork",
        "head_fork",
        _WORKFLOW,
        "{owner} ran code of a fork: {value}; usual: {usual}",
        kinds=_RUN,
    ),
    Feature(
        "conclusion_of_workflow",
        "pipeline",
        "conclusion",
        _WORKFLOW,
        "{owner} ended with {value}; usual: {usual}",
        kinds=_RUN,
        cap=6.0,
    ),
    Feature(
        "runner_label_of_job", "runner", "runner_label", _JOB, "{owner} ran on {value}; usual: {usual}", kinds=_RUN
    ),
    Feature(
        "runner_in_organisation",
        "runner",
        "runner",
        ("population",),
        "runner {value} is new or rare in the organisation",
    ),
    Feature("runner_of_repo", "runner", "runner", ("repo", "population"), "runner {value} is new or rare for {owner}"),
    Feature(
        "hosted_of_job", "runner", "hosted", _JOB, "{owner} ran on a runner hosted: {value}; usual: {usual}", kinds=_RUN
    ),
    Feature("secret_of_job", "secret", "secret", _JOB, "secret {value} was passed to {owner}, never or rarely before"),
    Feature(
        "secret_count_of_job",
        "secret",
        "secrets",
        _JOB,
        "{value} secrets were passed to {owner}; usual: {usual}",
        Measure.NUMBER,
    ),
    Feature(
        "secrets_printed_of_job",
        "secret",
        "secrets_printed",
        ("job", "repo", "population"),
        "{owner} printed {value} values that look like secrets; usual: {usual}",
        Measure.NUMBER,
        kinds=_LOG,
        one_sided=True,
    ),
    Feature("step_of_job", "pipeline", "step", _JOB, "step {value} is new or rare in {owner}"),
    Feature("tool_of_job", "pipeline", "tool", _JOB, "{owner} ran the program {value}, new or rare for it", kinds=_LOG),
    Feature(
        "cache_saved_of_job",
        "pipeline",
        "cache_saved",
        _JOB,
        "{owner} saved a cache as {value}, new or rare for it; usual: {usual}",
        kinds=_LOG,
    ),
    Feature(
        "longest_step_of_job",
        "duration",
        "longest_step",
        ("job", "repo"),
        "the longest step of {owner} was {value}; usual: {usual}",
        kinds=_LOG,
        cap=5.0,
    ),
    Feature("permission_of_job", "pipeline", "job_permission", _JOB, "permission {value} is new or rare in {owner}"),
    Feature("host_of_job", "host", "host", _JOB, "{owner} contacted {value}, new or rare for it"),
    Feature(
        "host_in_organisation", "host", "host", ("population",), "host {value} is new or rare in the whole organisation"
    ),
    Feature("action_ref_of_job", "third_party", "action_ref", _JOB, "action {value} is new or rare in {owner}"),
    Feature(
        "action_sha_of_job",
        "third_party",
        "action_sha",
        ("population",),
        "action resolved to {value}, never or rarely seen before",
    ),
    Feature("blob_of_job", "encoded", "blob", _JOB, "encoded data in the log: {value}; usual in {owner}: {usual}"),
    Feature(
        "line_of_job",
        "log_text",
        "line",
        _JOB,
        "{owner} printed what it never or rarely printed: {value}",
        kinds=_LOG,
        cap=8.0,
        quiet=frozenset({NOTHING_NEW}),
    ),
    Feature(
        "novel_lines_of_job",
        "log_text",
        "novel_lines",
        ("job", "repo", "population"),
        "{owner} printed {value} kinds of lines that it never printed before; usual: {usual}",
        Measure.NUMBER,
        kinds=_LOG,
        cap=8.0,
        one_sided=True,
    ),
    Feature(
        "duration_of_job",
        "duration",
        "duration_s",
        ("job+action", "workflow+action", "repo"),
        "{owner} took {value}; usual: {usual}",
        Measure.NUMBER,
        unit="s",
    ),
    Feature(
        "queue_of_job",
        "duration",
        "queue_s",
        ("job", "workflow", "repo"),
        "{owner} waited {value}; usual: {usual}",
        Measure.NUMBER,
        cap=5.0,
        unit="s",
    ),
    Feature(
        "log_lines_of_job",
        "log_text",
        "log_lines",
        ("job", "repo", "population"),
        "{owner} printed {value} lines; usual: {usual}",
        Measure.NUMBER,
        cap=8.0,
    ),
    Feature(
        "longest_base64_of_job",
        "encoded",
        "longest_base64",
        ("job", "repo", "population"),
        "longest encoded run in the log: {value}; usual: {usual}",
        Measure.NUMBER,
        one_sided=True,
    ),
)
