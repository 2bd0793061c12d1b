"""Tests of the schedules in localaws.py: python3 -m unittest localaws_test"""

import datetime
import unittest

import localaws


def minute(text):
    return int(datetime.datetime.fromisoformat(text + "+00:00").timestamp()) // 60


# 2026-11-25 is a Wednesday.
WHEN = [
    ("cron(* * * * ? *)", "2026-11-25T10:31", True),
    ("cron(3/5 * * * ? *)", "2026-11-25T10:03", True),
    ("cron(3/5 * * * ? *)", "2026-11-25T10:58", True),
    ("cron(3/5 * * * ? *)", "2026-11-25T10:00", False),
    ("cron(3/5 * * * ? *)", "2026-11-25T10:02", False),
    ("cron(17 * * * ? *)", "2026-11-25T00:17", True),
    ("cron(17 * * * ? *)", "2026-11-25T00:18", False),
    ("cron(30 1/6 * * ? *)", "2026-11-25T19:30", True),
    ("cron(30 1/6 * * ? *)", "2026-11-25T20:30", False),
    ("cron(0 12 ? * MON-FRI *)", "2026-11-25T12:00", True),
    ("cron(0 12 ? * MON-FRI *)", "2026-11-28T12:00", False),
    ("cron(0 12 ? * 4 *)", "2026-11-25T12:00", True),
    ("cron(0 12 ? * SUN *)", "2026-11-29T12:00", True),
    ("cron(0 12 25 NOV ? 2026)", "2026-11-25T12:00", True),
    ("cron(0 12 25 NOV ? 2027)", "2026-11-25T12:00", False),
    ("cron(0,30 8-10 * 1,11 ? *)", "2026-11-25T10:30", True),
    ("cron(0,30 8-10 * 1,11 ? *)", "2026-11-25T11:00", False),
    ("rate(1 minute)", "2026-11-25T00:01", True),
    ("rate(7 minutes)", "2026-11-25T00:07", True),
    ("rate(7 minutes)", "2026-11-25T00:08", False),
    ("rate(2 hours)", "2026-11-25T04:00", True),
    ("rate(2 hours)", "2026-11-25T05:00", False),
    ("rate(1 day)", "2026-11-26T00:00", True),
]

REFUSED = [
    "cron(* * * * *)",
    "cron(* * * * * *)",
    "cron(* * ? * ? *)",
    "cron(60 * * * ? *)",
    "cron(x * * * ? *)",
    "rate(1 minutes)",
    "rate(7 minute)",
    "rate(0 minutes)",
    "every minute",
]

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


class Schedules(unittest.TestCase):
    def test_due(self):
        made = minute("2026-11-25T00:00")
        for expression, when, due in WHEN:
            with self.subTest(expression, when=when):
                self.assertEqual(localaws.parse_schedule(expression)(minute(when), made), due)

    def test_refused(self):
        for expression in REFUSED:
            with self.subTest(expression), self.assertRaises(ValueError):
                localaws.parse_schedule(expression)

    def deliveries(self, outcomes, minutes, policy=None, retries=(2, 360), state="ENABLED"):
        """When, in minutes from the first, a rule that fires once is delivered, and as which attempt."""
        outcomes = iter(outcomes)
        rules = [("r", state, "cron(1 0 25 NOV ? 2026)", [{"Arn": FUNCTION, **({"RetryPolicy": policy} if policy else {})}])]
        scheduler = localaws.Scheduler(minute("2026-11-25T00:00") * 60, lambda: rules, lambda rule, target: (next(outcomes), ""), lambda target: retries)
        return [(r["minute"] - minute("2026-11-25T00:01"), r["attempt"], r["outcome"]) for r in scheduler.advance(minutes)]

    def test_disabled(self):
        self.assertEqual(self.deliveries([], 9, state="DISABLED"), [])

    def test_refused_is_retried_by_the_target(self):
        outcomes = ["refused", "refused", "succeeded"]
        self.assertEqual(self.deliveries(outcomes, 9), [(0, 1, "refused"), (1, 2, "refused"), (2, 3, "succeeded")])
        self.assertEqual(self.deliveries(outcomes, 9, {"MaximumRetryAttempts": 0}), [(0, 1, "refused")])
        self.assertEqual(self.deliveries(outcomes, 9, {"MaximumEventAgeInSeconds": 120}), [(0, 1, "refused"), (1, 2, "refused")])

    def test_failed_is_retried_by_the_function(self):
        outcomes = ["failed"] * 9
        self.assertEqual(self.deliveries(outcomes, 9), [(0, 1, "failed"), (1, 2, "failed"), (3, 3, "failed")])
        self.assertEqual(self.deliveries(outcomes, 9, {"MaximumRetryAttempts": 9}, (0, 360)), [(0, 1, "failed")])

    def test_made_later(self):
        # A rate counts from when its rule was made.
        rules = []
        scheduler = localaws.Scheduler(0, lambda: rules, lambda rule, target: ("succeeded", ""), lambda target: (0, 1))
        scheduler.advance(5)
        rules.append(("r", "ENABLED", "rate(3 minutes)", [{"Arn": FUNCTION}]))
        self.assertEqual([r["minute"] for r in scheduler.advance(7)], [8, 11])


if __name__ == "__main__":
    unittest.main()
