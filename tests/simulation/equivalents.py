"""Mutants that change nothing anybody could notice, each with its reason; the shorter, the better."""

from __future__ import annotations

EQUIVALENTS: dict[tuple[str, str, str], str] = {
    (
        "pushspec/apply/attempt.py",
        "for account in call.accounts if text else ():",
        "if True",
    ): "An empty text holds no account; it is asked to spare the loop.",
    (
        "pushspec/lockfile/sends.py",
        "if before is not None and not may_try:",
        "without before is not None",
    ): "A call that is not known may always be tried; it is asked for the type alone.",
    (
        "pushspec/lockfile/journal.py",
        "self._ownership: Ownership | None = None",
        "None -> 'XX'",
    ): "Never compared before the lock was taken: until then no lease is alive and `_has_taken` is false.",
    (
        "pushspec/apply/attempt.py",
        "left_at=exchange.left_at or exchange.ended_at,",
        "without exchange.ended_at",
    ): "What was sent has left, so the other instant is there for the type alone.",
    (
        "pushspec/apply/guard.py",
        "if state.updated_at is not None and state.updated_at - self._clock.now() > CLOCK_TOLERANCE:",
        "without state.updated_at is not None",
    ): "Whoever holds the lock has written a record, so there is an instant; it is asked for the type alone.",
    (
        "pushspec/apply/guard.py",
        "row = None if outcome.code is None else meaning_of(outcome.code, call.endpoint.name)",
        "if False",
    ): "No row of the table has no code, so nothing would be found; it is asked for the type alone.",
    **{
        (
            "pushspec/operate/recall_outcome.py",
            "AnyRecallOutcome = Recalled | NotRecalled | RecallUnknown",
            f"without {left_out}",
        ): "A name of a type, which annotations alone use."
        for left_out in ("Recalled", "NotRecalled", "RecallUnknown", "Recalled | NotRecalled")
    },
    (
        "pushspec/lockfile/histories.py",
        'IN_DOUBT = "unknown"',
        "'unknown' -> 'XX'",
    ): "A word for the text of an error alone; views have their own.",
    (
        "pushspec/apply/task_doubts.py",
        "return Scheduled(key=task.key, attempt=task.attempts, found=text, task=found[0].number)",
        "0 -> -1",
    ): "There is one, so that the first is the last.",
    (
        "pushspec/plan/build.py",
        "*((cancellation.key, cancellation.digest) for cancellation in cancellations),",
        "without cancellation.key",
    ): "The digest covers the key; it stands there as that of a campaign does.",
    **{
        (
            "pushspec/plan/policies/shares.py",
            "edges = sorted({0, *(end for cut, _ in cuts for end in cut.ends)})",
            f"0 -> {other}",
        ): "One point of 2^64 more or less, of which whole accounts are rounded."
        for other in (1, -1)
    },
    (
        "pushspec/api/approval.py",
        "return load_saved_plan(Path(names[0]), now=now)",
        "0 -> -1",
    ): "There is one, so that the first is the last.",
    (
        "pushspec/api/approval.py",
        "data = file.read(_MAX_BYTES + 1)",
        "1 -> 2",
    ): "What is too long by one byte is too long by two; nothing else is read.",
    (
        "pushspec/plan/build.py",
        "if len(due) == calls.call_count:",
        "if False",
    ): "All calls together name all accounts; it is asked to spare the sum.",
    (
        "pushspec/plan/rollout.py",
        "opens_at = max(call.settled_at or call.intended_at for call in settled) + stage.hold_time",
        "without call.intended_at",
    ): "A settled call has an outcome and its instant; the other one is there for the type alone.",
    (
        "pushspec/plan/policies/related.py",
        "is_unsure: bool = False",
        "False -> True",
    ): "The default is for what was sent; it is asked of what is still to leave.",
    (
        "pushspec/plan/policies/related.py",
        "if history.begun_at >= since and key in reached:",
        "without history.begun_at >= since",
    ): "What is older is neither the same text nor within a day; it spares reading years of sends.",
    (
        "pushspec/plan/policies/overlap.py",
        "for other in (*sent, *(it for it in by_key if not it.is_sent)):",
        "without its condition",
    ): "What was sent is in the index already, and keeps its place there.",
    (
        "pushspec/plan/policies/overlap.py",
        "since = now - timedelta(days=max(days, 1))",
        "1 -> 2",
    ): "Nothing that left more than a day ago meets what is still to leave; fewer are read.",
    (
        "pushspec/audience/shares.py",
        "starts = [0, *self.ends]",
        "0 -> -1",
    ): "One point of 2^64 more changes no whole number of people.",
    (
        "pushspec/approvals/sshsig.py",
        "_PIN = 0x04",
        "4 -> 5",
    ): "The other bit is the touch, which is allowed beside it and was asked for before.",
    (
        "pushspec/approvals/verification.py",
        'with tempfile.TemporaryDirectory(prefix="pushspec-") as folder:',
        "without prefix='pushspec-'",
    ): "The folder is gone before anybody could look for it by name.",
    (
        "pushspec/approvals/verification.py",
        'signers, armored = Path(folder, "signers"), Path(folder, "signature")',
        "'signers' -> 'XX'",
    ): "A name of a file of our own, which is handed to ssh-keygen as it is.",
    (
        "pushspec/approvals/verification.py",
        'signers, armored = Path(folder, "signers"), Path(folder, "signature")',
        "'signature' -> 'XX'",
    ): "A name of a file of our own, which is handed to ssh-keygen as it is.",
    (
        "pushspec/approvals/verification.py",
        "done = subprocess.run(  # noqa: S603 - fixed words",
        "without check=False",
    ): "It is the library's own default, written out.",
    (
        "pushspec/plan/states.py",
        'return "" if progress.due or coming is None else _hour_text(coming)',
        "without coming is None",
    ): "A campaign with no hour to come has expired before; it is there for the type alone.",
    **{
        (
            "pushspec/plan/states.py",
            'until = "" if leaves_at is None else phrase("until {instant}", instant=instant_text(leaves_at))',
            change,
        ): "An hour that is to come has a moment; it is there for the type alone."
        for change in ("if False", "'' -> 'XX'")
    },
    (
        "pushspec/plan/states.py",
        'return ""',
        "return None",
    ): "Who asks takes both for nothing to wait for; it is a text for the type alone.",
    (
        "pushspec/plan/states.py",
        "if gate is None or progress.due:",
        "without gate is None",
    ): "What is left without a gate is due; it is there for the type alone.",
    (
        "pushspec/plan/saved.py",
        'checksum: str = ""',
        "'' -> 'XX'",
    ): "It stands for a checksum that is not there yet, or no longer, and is no hash either way.",
    (
        "pushspec/plan/saved.py",
        "now, before = _hours(calls), approved.hours or {}",
        "without {}",
    ): "What names its zone data has hours, so that this is there for the type alone.",
    (
        "pushspec/plan/saved.py",
        'is_json = error.errors()[0]["type"] != "json_invalid"',
        "0 -> -1",
    ): "What is no JSON has one error, so that the first is the last.",
    **{
        (
            "pushspec/plan/saved.py",
            'model_config = ConfigDict(extra="forbid", frozen=True)',
            change,
        ): "Nothing changes a saved plan; it says so to the next author."
        for change in ("without frozen=True", "True -> False")
    },
    (
        "pushspec/plan/policies/shares.py",
        "if arms is None or last is None or last.begin.shares is None:",
        "without arms is None",
    ): "Whoever has no shares has no salt, and nothing was sent with none; it is asked for the type alone.",
    (
        "pushspec/plan/policies/shares.py",
        "if arms is None or last is None or last.begin.shares is None:",
        "without last.begin.shares is None",
    ): "What was sent with a salt has shares; it is asked for the type alone.",
}
