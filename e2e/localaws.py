#!/usr/bin/env python3
"""A whole AWS on one machine, for tests: moto's server, and what it lacks for us.

    localaws.py --rie PROGRAM [--port N] [--outbox FILE] [--speedup N]

It listens on 127.0.0.1 alone. Its first line on stdout says where:

    {"endpoint": "http://127.0.0.1:40123", "account": "123456789012", "region": "us-east-1"}

Then it obeys the lines that it reads, answers each with one line of JSON, and ends
with its input, so that it never outlives who started it:

    advance N   the clock of the schedules goes on by N minutes. The answer comes when
                all that fell due has run: a list of deliveries, see Scheduler.
    run N       from now on the clock runs by itself, N times as fast as time; 0: it
                stands still, as at the start.

On top of moto it has

  * CloudFormation for more types of resource, and an error for those it does not know;
    stack outputs, resource names and second deployments as AWS has them
  * functions that are really run: each instance is a process of AWS's own emulator of
    the Lambda runtime, with the credentials of the function's role, for which alone
    IAM is checked; who else calls is the owner of the account
  * schedules, by rate and by cron, with a clock of their own
  * an outbox: a line of JSON for each e-mail and text message that SNS would send
  * CloudWatch metrics of the embedded metric format in the functions' logs

What it has not: alarms are never evaluated, conditions in policies of buckets and
topics are kept and not applied, and subscriptions need no confirmation.
"""

import argparse
import dataclasses
import datetime
import fnmatch
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor

try:
    import boto3
    from botocore.exceptions import ClientError
    from moto.awslambda import models as lambda_models
    from moto.cloudformation import exceptions as cloudformation_exceptions
    from moto.cloudformation import models as cloudformation_models
    from moto.cloudformation import parsing
    from moto.cloudformation import responses as cloudformation_responses
    from moto.cloudformation.utils import random_suffix
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.core import authorization
    from moto.core.common_models import CloudFormationModel
    from moto.core.exceptions import ServiceException
    from moto.core.responses import ActionResult, EmptyResult
    from moto.events import models as events_models
    from moto.iam import access_control
    from moto.iam import models as iam_models
    from moto.logs import models as logs_models
    from moto.s3 import exceptions as s3_exceptions
    from moto.s3 import models as s3_models
    from moto.s3 import responses as s3_responses
    from moto.server import ThreadedMotoServer
    from moto.sns import exceptions as sns_exceptions
    from moto.sns import models as sns_models
    from moto.sns import responses as sns_responses
    from moto.ssm import responses as ssm_responses
    from moto.sts.models import sts_backends
    from moto import settings
    from moto.utilities.utils import get_partition
    from werkzeug.exceptions import HTTPException
except ImportError as error:
    sys.exit(f"{error}; in a virtual environment: pip install 'moto[server]==5.2.1'")

ACCOUNT = DEFAULT_ACCOUNT_ID
REGION = "us-east-1"

# Set by main.
endpoint = ""
outbox = None


def log(text):
    print(f"localaws: {text}", file=sys.stderr, flush=True)


def client(service, region=REGION):
    """A client of our own server, as the owner of the account."""
    return boto3.client(service, region_name=region, endpoint_url=endpoint, aws_access_key_id="owner", aws_secret_access_key="owner")


# Schedules ---------------------------------------------------------------------------

MONTHS = {name: n for n, name in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), 1)}
WEEKDAYS = {name: n for n, name in enumerate("SUN MON TUE WED THU FRI SAT".split(), 1)}
UNITS = {"minute": 1, "hour": 60, "day": 24 * 60}


def cron_field(text, first, last, names=None):
    """The values of one field, such as 1/5, MON-FRI or 0,30."""

    def number(word):
        value = (names or {}).get(word.upper()) or int(word)
        if not first <= value <= last:
            raise ValueError(f"{word} is not from {first} to {last}")
        return value

    values = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        low, _, high = span.partition("-")
        if span in ("*", "?"):
            low, high = first, last
        elif high:
            low, high = number(low), number(high)
        else:
            low = number(low)
            high = last if step else low
        values.update(range(low, high + 1, int(step or 1)))
    return values


def cron(expression):
    """Says of a moment whether a cron expression of EventBridge is due in its minute."""
    fields = expression.split()
    if len(fields) != 6:
        raise ValueError(f"cron({expression}): has {len(fields)} fields, not 6")
    if (fields[2] == "?") == (fields[4] == "?"):
        raise ValueError(f"cron({expression}): one of day of month and day of week is to be ?, not both")
    minutes, hours, days = cron_field(fields[0], 0, 59), cron_field(fields[1], 0, 23), cron_field(fields[2], 1, 31)
    months, weekdays, years = cron_field(fields[3], 1, 12, MONTHS), cron_field(fields[4], 1, 7, WEEKDAYS), cron_field(fields[5], 1970, 2199)

    def due(t):
        weekday = t.isoweekday() % 7 + 1  # Sunday is 1
        return t.minute in minutes and t.hour in hours and t.day in days and t.month in months and weekday in weekdays and t.year in years

    return due


def parse_schedule(expression):
    """A function of the minute and of the one in which the rule was made: is it due?"""
    if m := re.fullmatch(r"cron\((.*)\)", expression):
        due = cron(m[1])
        return lambda minute, made: due(datetime.datetime.fromtimestamp(minute * 60, datetime.timezone.utc))
    if m := re.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", expression):
        value = int(m[1])
        if value < 1 or (value == 1) == bool(m[3]):
            raise ValueError(f"{expression}: is refused by EventBridge, which wants 1 minute, 2 minutes")
        period = value * UNITS[m[2]]
        return lambda minute, made: minute > made and (minute - made) % period == 0
    raise ValueError(f"{expression}: is neither rate() nor cron()")


@dataclasses.dataclass
class Delivery:
    """One event on its way to one target."""

    rule: str
    target: dict
    minute: int  # it is due
    expires: int  # the minute in which it is given up
    attempts: int = 1
    invoked: bool = False  # by Lambda, whose own retries follow


class Scheduler:
    """Delivers the events of rules when they are due, minute by minute.

    rules() gives (rule, state, expression, targets) of each rule. deliver(rule,
    target) gives an outcome, ("succeeded" | "failed" | "refused", text); after
    "refused" the retry policy of the target holds, after "failed" that of the
    function, which retries(target) gives as (attempts, minutes).

    advance returns all that was delivered, as dictionaries with the keys rule,
    function, minute, attempt, outcome and text.
    """

    def __init__(self, now, rules, deliver, retries):
        self.minute = int(now // 60)
        self.rules, self.deliver, self.retries = rules, deliver, retries
        self.made = {}  # rule and expression -> minute
        self.schedules = {}  # expression -> parse_schedule's
        self.waiting = []
        self.lock = threading.Lock()

    def advance(self, minutes):
        with self.lock:
            self.fresh()  # what is new counts from now
        return [record for _ in range(minutes) for record in self.run(self.next())]

    def next(self):
        """Goes on by a minute, and gives what is due in it."""
        with self.lock:
            self.minute += 1
            due = self.fresh() + [d for d in self.waiting if d.minute <= self.minute]
            self.waiting = [d for d in self.waiting if d.minute > self.minute]
            return due

    def run(self, due):
        with ThreadPoolExecutor(max(len(due), 1)) as pool:
            return list(pool.map(self.attempt, due))

    def fresh(self):
        """The deliveries that begin in this minute."""
        deliveries = []
        for rule, state, expression, targets in self.rules():
            if not expression:
                continue
            made = self.made.setdefault((rule, expression), self.minute)
            try:
                if expression not in self.schedules:
                    self.schedules[expression] = parse_schedule(expression)
                due = self.schedules[expression](self.minute, made)
            except ValueError as error:
                log(f"rule {rule}: {error}")
                continue
            if due and state == "ENABLED" and made < self.minute:
                for target in targets:
                    age = target.get("RetryPolicy", {}).get("MaximumEventAgeInSeconds", 86400)
                    deliveries.append(Delivery(rule, target, self.minute, self.minute + int(age) // 60))
        return deliveries

    def attempt(self, d):
        outcome, text = self.deliver(d.rule, d.target)
        record = {"rule": d.rule, "function": d.target["Arn"].split(":")[-1], "minute": d.minute, "attempt": d.attempts, "outcome": outcome, "text": text}
        if outcome == "refused":
            most, wait, expires = int(d.target.get("RetryPolicy", {}).get("MaximumRetryAttempts", 185)), 1, d.expires
        elif outcome == "failed":
            if not d.invoked:  # Lambda counts anew
                d = dataclasses.replace(d, invoked=True, attempts=1, expires=d.minute + self.retries(d.target)[1])
            most, wait, expires = self.retries(d.target)[0], d.attempts, d.expires
        else:
            return record
        if d.attempts <= most and d.minute + wait < expires:
            with self.lock:
                self.waiting.append(dataclasses.replace(d, attempts=d.attempts + 1, minute=d.minute + wait))
        return record


class Clock(threading.Thread):
    """Lets a scheduler's time run by itself."""

    def __init__(self, scheduler):
        super().__init__(daemon=True)
        self.scheduler, self.speedup, self.changed = scheduler, 0.0, threading.Event()
        self.minutes, self.lock = [], threading.Lock()

    def set(self, speedup):
        """Changes the speed. If the clock is to stand still, all that it began has ended."""
        with self.lock:
            self.speedup = speedup
            self.changed.set()
        while not speedup and self.minutes:
            self.minutes.pop().join()

    def run(self):
        while True:
            if self.changed.wait(60 / self.speedup if self.speedup else None):
                self.changed.clear()
                continue
            with self.lock:
                if not self.speedup:
                    continue
                # In a thread, since a check may last longer than a minute does.
                minute = threading.Thread(target=self.minute, args=[self.scheduler.next()], daemon=True)
                minute.start()
                self.minutes = [m for m in self.minutes if m.is_alive()] + [minute]

    def minute(self, due):
        for record in self.scheduler.run(due):
            log(json.dumps(record))


def scheduled_rules():
    for region, backend in list(events_models.events_backends[ACCOUNT].items()):
        for bus in list(backend.event_buses.values()):
            for rule in list(bus.rules.values()):
                yield rule.arn, rule.state, rule.scheduled_expression, list(rule.targets)


def function_of(target):
    region = target["Arn"].split(":")[3]
    return lambda_models.lambda_backends[ACCOUNT][region].get_function(target["Arn"])


def deliver_to_function(rule, target):
    try:
        if ":lambda:" not in target["Arn"]:
            return "refused", "only functions are known as targets"
        function = function_of(target)
        if not may_invoke(function, "events.amazonaws.com", rule):
            return "refused", "the function's resource policy does not allow this rule"
        # What a rule without an input sends is not needed here.
        answer, failed, _ = function._invoke_lambda(json.loads(target.get("Input", "{}")))
        return ("failed" if failed else "succeeded"), answer
    except Exception as error:  # such as a function that is gone
        log(f"deliver to {target['Arn']}: {traceback.format_exc()}")
        return "refused", str(error)


def function_retries(target):
    """How often, and within how many minutes, Lambda tries an event again."""
    config = function_of(target).event_invoke_config
    config = config[0].config if config else {}
    return int(config.get("MaximumRetryAttempts", 2)), int(config.get("MaximumEventAgeInSeconds", 6 * 3600)) // 60


def may_invoke(function, service, source):
    """Whether the function's resource policy lets a service run it for a resource."""
    for statement in function.policy.statements:
        condition = statement.get("Condition", {})
        arn = condition.get("ArnLike", {}).get("AWS:SourceArn")
        account = condition.get("StringEquals", {}).get("AWS:SourceAccount")
        if (
            statement["Effect"] == "Allow"
            and statement["Action"] in ("lambda:InvokeFunction", "lambda:*")
            and statement["Principal"] in ("*", {"Service": service})
            and (arn is None or fnmatch.fnmatchcase(source, arn))
            and (account is None or account == source.split(":")[4])
        ):
            return True
    return False


# Functions ---------------------------------------------------------------------------


class Instance:
    """One process of the emulator with the function's program in it. It is used for one
    invocation at a time."""

    def __init__(self, rie, function, folder):
        credentials = sts_backends[ACCOUNT][get_partition(function.region)].assume_role(
            function.region, role_session_name=function.function_name, role_arn=function.role, policy=None, duration=3600, external_id=None
        )
        credentials = credentials[0] if isinstance(credentials, tuple) else credentials
        function_keys.add(credentials.access_key_id)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "TZ": ":UTC",
            "LAMBDA_TASK_ROOT": folder,
            "_HANDLER": function.handler or "bootstrap",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout),
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ACCESS_KEY_ID": credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
            "AWS_SESSION_TOKEN": credentials.session_token,
            "AWS_ENDPOINT_URL": endpoint,
            **function.environment_vars,
        }
        self.port, api = free_port(), free_port()
        self.timeout = function.timeout
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [rie, "--runtime-interface-emulator-address", f"127.0.0.1:{self.port}", "--runtime-api-address", f"127.0.0.1:{api}", f"{folder}/bootstrap"],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True,
        )
        until = time.monotonic() + 10
        while not listening(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise RuntimeError(f"start the runtime emulator: {self.output(0)}")
            time.sleep(0.01)

    def invoke(self, event):
        """The answer, whether it is an error, and what was logged meanwhile."""
        begin = os.fstat(self.log.fileno()).st_size
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations", data=json.dumps(event).encode())
        with urllib.request.urlopen(request, timeout=self.timeout + 10) as response:
            answer = response.read().decode()
        until = time.monotonic() + 2
        while "\nREPORT RequestId" not in (logs := self.output(begin)) and time.monotonic() < until:
            time.sleep(0.005)
        # The emulator says by the body alone that an invocation failed.
        try:
            parsed = json.loads(answer)
            failed = isinstance(parsed, dict) and "errorType" in parsed
        except ValueError:
            failed = True
        return answer, failed, logs

    def output(self, begin):
        text = os.pread(self.log.fileno(), 1 << 24, begin).decode(errors="replace")
        return "".join(line for line in text.splitlines(keepends=True) if " (rapid) " not in line)

    def stop(self):
        """Ends the emulator and all that it started: they are one session."""
        self.process.terminate()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.getsid(int(pid)) == self.process.pid:
                    os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass


class Instances:
    """The instances of all functions. Each invocation takes an idle one, or a new one."""

    def __init__(self, rie):
        self.rie = rie
        self.root = tempfile.mkdtemp(prefix="localaws-")
        self.idle = {}
        self.all = set()
        self.lock = threading.Lock()
        self.closed = False

    def invoke(self, function, event):
        key = (function.function_arn, function.code_sha_256, function.role, function.timeout, function.memory_size, json.dumps(function.environment_vars, sort_keys=True))
        with self.lock:
            if self.closed:
                raise RuntimeError("is ending")
            # What another version of the function left behind is of no use any more.
            for old in [k for k in self.idle if k[0] == key[0] and k != key]:
                for instance in self.idle.pop(old):
                    self.discard(instance)
            list_ = self.idle.setdefault(key, [])
            instance = list_.pop() if list_ else None
            if instance is None:
                instance = Instance(self.rie, function, self.unpack(function))
                self.all.add(instance)
        try:
            result = instance.invoke(event)
        except Exception:
            with self.lock:
                self.discard(instance)
            raise
        with self.lock:
            self.idle.setdefault(key, []).append(instance)
        return result

    def unpack(self, function):
        folder = os.path.join(self.root, re.sub(r"\W", "_", function.code_sha_256))
        if not os.path.exists(folder):
            with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                archive.extractall(folder)
                for entry in archive.infolist():
                    os.chmod(os.path.join(folder, entry.filename), entry.external_attr >> 16 & 0o777 or 0o644)
        return folder

    def discard(self, instance):
        self.all.discard(instance)
        instance.stop()

    def remove(self, arn):
        """Ends the instances of a function that is gone."""
        with self.lock:
            for key in [k for k in self.idle if k[0] == arn]:
                for instance in self.idle.pop(key):
                    self.discard(instance)

    def close(self):
        with self.lock:
            self.closed = True
            for instance in list(self.all):
                self.discard(instance)
            shutil.rmtree(self.root, ignore_errors=True)


instances = None  # set by main


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listening(port):
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
        return True
    except OSError:
        return False


def run_function(function, event=None):
    """LambdaFunction._invoke_lambda."""
    answer, failed, logs = instances.invoke(function, {} if event is None else event)
    write_logs(function, logs)
    return answer, failed, logs


def write_logs(function, text):
    """Puts an invocation's output into the function's log, if its role may, and its
    embedded metrics into CloudWatch."""
    backend = logs_models.logs_backends[ACCOUNT][function.region]
    group = f"arn:{get_partition(function.region)}:logs:{function.region}:{ACCOUNT}:log-group:{function.logs_group_name}"
    policies = role_policies(function.role)
    if not all(permitted(policies, f"logs:{action}", f"{group}:log-stream:x") for action in ("CreateLogStream", "PutLogEvents")):
        return
    if function.logs_group_name not in backend.groups:
        # Lambda makes only its own default group, with a permission of its own.
        if not permitted(policies, "logs:CreateLogGroup", group):
            return
        backend.ensure_log_group(function.logs_group_name)
    now = datetime.datetime.now(datetime.timezone.utc)
    stream = f"{now:%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}"
    backend.create_log_stream(function.logs_group_name, stream)
    events = [{"timestamp": int(now.timestamp() * 1000), "message": line} for line in text.splitlines()]
    if events:
        backend.put_log_events(function.logs_group_name, stream, events)
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            directives = entry["_aws"]["CloudWatchMetrics"]
        except (ValueError, KeyError, TypeError):
            continue
        for d in directives:
            data = [
                {"MetricName": m["Name"], "Unit": m.get("Unit", "None"), "Value": entry[m["Name"]], "Dimensions": [{"Name": n, "Value": entry[n]} for n in names]}
                for m in d["Metrics"]
                for names in d["Dimensions"]
            ]
            client("cloudwatch", function.region).put_metric_data(Namespace=d["Namespace"], MetricData=data)


def patch_functions():
    function = lambda_models.LambdaFunction
    create, configure, delete = function.create_from_cloudformation_json.__func__, function.update_configuration, function.delete

    def apply(self, properties):
        if "Architectures" in properties:
            self.architectures = properties["Architectures"]
        if group := properties.get("LoggingConfig", {}).get("LogGroup"):
            self.logs_group_name = group

    def created(cls, name, template, account, region, **kwargs):
        self = create(cls, name, template, account, region, **kwargs)
        apply(self, template["Properties"])
        return self

    def configured(self, updates):
        apply(self, updates)
        return configure(self, updates)

    def deleted(self, account, region):
        instances.remove(self.function_arn)
        delete(self, account, region)

    function.create_from_cloudformation_json = classmethod(created)
    function.update_configuration = configured
    function.delete = deleted
    function._invoke_lambda = run_function

    # In AWS the ARN of a log group ends so, as policies need it.
    logs_models.LogGroup.get_cfn_attribute = lambda self, name: {"Arn": self.arn + ":*"}[name]


# IAM ---------------------------------------------------------------------------------

# The access keys of functions. IAM is checked for them alone.
function_keys = set()


def role_policies(arn):
    backend = iam_models.iam_backends[ACCOUNT][get_partition(REGION)]
    role = arn.split("/")[-1]
    attached, _ = backend.list_attached_role_policies(role)
    return [backend.get_role_policy(role, name)[1] for name in backend.list_role_policies(role)] + attached


def permitted(policies, action, resource):
    results = [access_control.IAMPolicy(p).is_action_permitted(action, resource) for p in policies]
    return access_control.PermissionResult.PERMITTED in results and access_control.PermissionResult.DENIED not in results


def patch_authorization():
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    mixin = authorization.ActionAuthenticatorMixin
    authorize = mixin._authenticate_and_authorize_action

    def access_key(request):
        return request.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]

    def authorize_functions(self, request_class, resource="*"):
        if access_key(self) in function_keys:
            authorize(self, request_class, resource)

    mixin._authenticate_and_authorize_action = authorize_functions

    # Patterns are matched as in AWS: only * and ? mean something.
    def match(pattern, text):
        return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text)

    access_control.IAMPolicyStatement._match = staticmethod(match)

    # moto's own answer has a form that clients of SNS cannot read.
    deny = access_control.IAMRequest._raise_access_denied

    def deny_readably(self):
        if self._service == "sns":
            text = f"User: {self._access_key.arn} is not authorized to perform: {self._action}"
            error = f"<Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>{text}</Message></Error>"
            denied = HTTPException(f"<ErrorResponse>{error}<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>")
            denied.code = 403
            raise denied
        if self._service == "ssm":
            text = f"User: {self._access_key.arn} is not authorized to perform: {self._action}"
            denied = HTTPException(json.dumps({"__type": "AccessDeniedException", "Message": text}))
            denied.code = 400
            raise denied
        deny(self)

    access_control.IAMRequest._raise_access_denied = deny_readably

    # moto authorizes SNS and SSM for the resource "*". Of several parameters it looks at
    # the first.
    sns_responses.SNSResponse._determine_resource = lambda self: self._get_param("TopicArn") or "*"

    ssm_responses.SimpleSystemManagerResponse._determine_resource = (
        lambda self: f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter" + (self._get_param("Names") or ["/*"])[0]
    )

    # Who may not list a bucket does not learn that a key is missing.
    find = s3_responses.S3Response._get_key

    def find_or_deny(self, *args, **kwargs):
        try:
            return find(self, *args, **kwargs)
        except s3_exceptions.MissingKey:
            key = access_key(self)
            session = next((s for s in sts_backends[ACCOUNT]["aws"].assumed_roles if s.access_key_id == key), None)
            if key in function_keys and session and not permitted(role_policies(session.role_arn), "s3:ListBucket", f"arn:aws:s3:::{self.bucket_name}"):
                raise s3_exceptions.S3AccessDeniedError() from None
            raise

    s3_responses.S3Response._get_key = find_or_deny


# S3 and SNS --------------------------------------------------------------------------


def patch_s3():
    # A condition of a write is checked and the write done as one.
    lock, put = threading.Lock(), s3_responses.S3Response.put_object

    def put_at_once(self):
        with lock:
            return put(self)

    s3_responses.S3Response.put_object = put_at_once

    # moto knows no conditions: it would take "deny unless TLS" as "deny".
    s3_models.FakeBucket.get_permission = lambda self, action, resource: access_control.PermissionResult.NEUTRAL

    bucket = s3_models.FakeBucket
    create, update = bucket.create_from_cloudformation_json.__func__, bucket.update_from_cloudformation_json.__func__

    def configure(name, properties):
        aws = client("s3")
        if "VersioningConfiguration" in properties:
            aws.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
        if "PublicAccessBlockConfiguration" in properties:
            aws.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"])

    def created(cls, name, template, account, region, **kwargs):
        self = create(cls, name, template, account, region, **kwargs)
        configure(self.name, template.get("Properties", {}))
        return self

    def updated(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        self = update(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name)
        configure(self.name, cloudformation_json["Properties"])
        return self

    bucket.create_from_cloudformation_json = classmethod(created)
    bucket.update_from_cloudformation_json = classmethod(updated)


def patch_sns():
    publish_to_topic, publish_to_subscription = sns_models.SNSBackend.publish, sns_models.Subscription.publish

    def publish(self, message, *args, **kwargs):
        subject = kwargs.get("subject")
        # What AWS refuses: it must be ASCII, on one line, and begin with no blank.
        if subject is not None and not re.fullmatch(r"[!-~][ -~]{0,98}", subject):
            raise sns_exceptions.SNSInvalidParameter("Invalid parameter: Subject")
        return publish_to_topic(self, message, *args, **kwargs)

    def keep(self, message, message_id, subject=None, message_attributes=None, message_structure=None, **kwargs):
        if self.protocol not in ("sms", "email", "email-json"):
            return publish_to_subscription(self, message, message_id, subject=subject, message_attributes=message_attributes, message_structure=message_structure, **kwargs)
        if self._filter_policy_matcher is not None and not self._filter_policy_matcher.matches(message_attributes, message):
            return
        if message_structure == "json":
            message = self._parse_message_structure(message, self.protocol)
        if outbox:
            line = {"topic": self.topic.arn, "protocol": self.protocol, "endpoint": self.endpoint, "message": message}
            if self.protocol != "sms":
                line["subject"] = subject
            with open(outbox, "a") as f:
                f.write(json.dumps(line) + "\n")

    sns_models.SNSBackend.publish = publish
    sns_models.Subscription.publish = keep


# CloudFormation ----------------------------------------------------------------------


def patch_stacks():
    change_set, resources = cloudformation_models.ChangeSet, parsing.ResourceMap

    # moto knows the outputs of a stack, and the exports of others, only without a
    # change set.
    apply = change_set.apply

    def apply_with_outputs(self):
        stack, exports = self.stack, cloudformation_models.cloudformation_backends[ACCOUNT][self.stack.region_name].exports
        stack.resource_map.cross_stack_resources = exports
        for export in stack.exports:
            exports.pop(export.name, None)
        apply(self)
        stack.template, stack.template_dict = self.template, self.template_dict
        stack.output_map = stack._create_output_map()
        exports.update({export.name: export for export in stack.exports})

    change_set.apply = apply_with_outputs

    # moto finds a change set by its name alone, be it another stack's, or one of a stack
    # that is gone; the CDK CLI names all of its change sets the same. It also looks
    # for, and removes, one that is not there.
    responses = cloudformation_responses.CloudFormationResponse
    parameter = responses._get_param

    class ChangeSetNotFound(ServiceException):
        code = "ChangeSetNotFound"

    def change_set_id(self):
        name, stack = parameter(self, "ChangeSetName"), parameter(self, "StackName")
        known = self.cloudformation_backend
        for identity, c in known.change_sets.items():
            if identity == name or c.change_set_name == name and c.stack_id in known.stacks and stack in (c.stack_name, c.stack_id):
                return identity
        raise ChangeSetNotFound(f"ChangeSet [{name}] does not exist")

    def describe_change_set(self):
        return ActionResult(self.cloudformation_backend.describe_change_set(change_set_id(self)))

    def execute_change_set(self):
        self.cloudformation_backend.execute_change_set(change_set_id(self))
        return EmptyResult()

    def delete_change_set(self):
        try:
            self.cloudformation_backend.delete_change_set(change_set_id(self))
        except ChangeSetNotFound:
            pass
        return EmptyResult()

    responses.describe_change_set, responses.execute_change_set, responses.delete_change_set = describe_change_set, execute_change_set, delete_change_set

    # At an update the value of an SSM parameter is there already.
    parse = resources.parse_ssm_parameter

    def parse_ssm_parameter(self, value, value_type):
        try:
            return parse(self, value, value_type)
        except AttributeError:
            return value

    resources.parse_ssm_parameter = parse_ssm_parameter

    # What is to stay also stays when it goes out of a template.
    remove = resources._delete_resource

    def remove_unless_retained(self, resource, template):
        if not template.get("DeletionPolicy", "").startswith("Retain"):
            remove(self, resource, template)

    resources._delete_resource = remove_unless_retained

    # A type that is skipped in silence would let a test pass.
    find = parsing.resource_class_from_type

    def resource_class(kind):
        if kind not in parsing.NULL_MODELS and not kind.startswith("Custom::") and kind not in parsing.get_model_map():
            raise cloudformation_exceptions.ValidationError(message=f"{kind} is not known to this CloudFormation")
        return find(kind)

    parsing.resource_class_from_type = resource_class

    # moto writes into a template, and takes that for a change when the next one comes.
    parse_resource = parsing.parse_resource
    parsing.parse_resource = lambda template, resources: parse_resource(dict(template), resources)

    # AWS cuts both parts of a name that is too long for its kind.
    name = parsing.generate_resource_name

    def generate_name(kind, stack, logical_id):
        if kind in ("AWS::Events::Rule", "AWS::Lambda::Function", "AWS::IAM::Role"):
            suffix = random_suffix()
            if len(f"{stack}-{logical_id}-{suffix}") > 64:
                return f"{stack[:24]}-{logical_id[:24]}-{suffix}"
        return name(kind, stack, logical_id)

    parsing.generate_resource_name = generate_name

    # A rule keeps its name when it is changed.
    def update_rule(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        p, aws, old = cloudformation_json["Properties"], client("events", region_name), original_resource
        keep = ("ScheduleExpression", "EventPattern", "State", "Description", "RoleArn")
        aws.put_rule(Name=old.name, **{k: p[k] for k in keep if k in p})
        targets = p.get("Targets", [])
        if gone := {t["Id"] for t in old.targets} - {t["Id"] for t in targets}:
            aws.remove_targets(Rule=old.name, Ids=sorted(gone))
        if targets:
            aws.put_targets(Rule=old.name, Targets=targets)
        return events_models.events_backends[account_id][region_name].describe_rule(old.name, None)

    events_models.Rule.update_from_cloudformation_json = classmethod(update_rule)

    # moto keeps the policies of a template as they are, and reads them as JSON.
    put_policy = iam_models.Role.put_policy
    iam_models.Role.put_policy = lambda self, name, document: put_policy(self, name, document if isinstance(document, str) else json.dumps(document))

    def update_role(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        wanted = {p["PolicyName"]: p["PolicyDocument"] for p in cloudformation_json["Properties"].get("Policies", [])}
        for policy in [name for name in original_resource.policies if name not in wanted]:
            original_resource.delete_policy(policy)
        for policy, document in wanted.items():
            original_resource.put_policy(policy, document)
        return original_resource

    iam_models.Role.update_from_cloudformation_json = classmethod(update_role)


def without(properties, *names):
    return {k: v for k, v in properties.items() if k not in names}


class Alarm:
    type, name, service = "AWS::CloudWatch::Alarm", "AlarmName", "cloudwatch"

    def create(aws, name, p):
        aws.put_metric_alarm(AlarmName=name, **without(p, "AlarmName"))
        return name, {"Arn": aws.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["AlarmArn"]}

    def delete(aws, identity, p):
        aws.delete_alarms(AlarmNames=[identity])


class Subscription:
    type, name, service, replaced = "AWS::SNS::Subscription", "", "sns", True

    def create(aws, name, p):
        attributes = {k: v if isinstance(v, str) else json.dumps(v) for k, v in without(p, "TopicArn", "Protocol", "Endpoint", "Region").items()}
        arn = aws.subscribe(TopicArn=p["TopicArn"], Protocol=p["Protocol"], Endpoint=p["Endpoint"], Attributes=attributes, ReturnSubscriptionArn=True)["SubscriptionArn"]
        return arn, {"Arn": arn}

    def delete(aws, identity, p):
        aws.unsubscribe(SubscriptionArn=identity)


class TopicPolicy:
    type, name, service = "AWS::SNS::TopicPolicy", "", "sns"

    def create(aws, name, p):
        for topic in p["Topics"]:
            aws.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(p["PolicyDocument"]))
        return name, {"Id": name}

    def delete(aws, identity, p):
        pass  # it goes with its topic


class BucketPolicy:
    type, name, service = "AWS::S3::BucketPolicy", "", "s3"

    def create(aws, name, p):
        aws.put_bucket_policy(Bucket=p["Bucket"], Policy=json.dumps(p["PolicyDocument"]))
        return p["Bucket"], {}

    def delete(aws, identity, p):
        aws.delete_bucket_policy(Bucket=identity)


class EventInvokeConfig:
    type, name, service = "AWS::Lambda::EventInvokeConfig", "", "lambda"

    def create(aws, name, p):
        try:  # moto would keep the first of two
            aws.delete_function_event_invoke_config(FunctionName=p["FunctionName"])
        except ClientError:
            pass
        aws.put_function_event_invoke_config(**without(p, "Qualifier"))
        return name, {}

    def delete(aws, identity, p):
        aws.delete_function_event_invoke_config(FunctionName=p["FunctionName"])


class Permission:
    type, name, service, replaced = "AWS::Lambda::Permission", "", "lambda", True

    def create(aws, name, p):
        aws.add_permission(StatementId=name, **p)
        return name, {"Id": name}

    def delete(aws, identity, p):
        aws.remove_permission(FunctionName=p["FunctionName"], StatementId=identity)


def define(kind):
    """Makes a resource of CloudFormation of a class whose create gives the physical id
    and the attributes. Unless it is replaced, a change is a second create by the same
    name. moto finds all direct subclasses of its model, and takes the last of a type."""

    class Resource(CloudFormationModel):
        __module__ = "moto.cloudformation.models"  # by which moto sorts its classes

        def __init__(self, name, properties, region):
            self.name, self.properties = name, properties
            self.identity, self.attributes = kind.create(client(kind.service, region), name, properties)

        @property
        def physical_resource_id(self):
            return self.identity

        def is_created(self):
            return True

        @staticmethod
        def cloudformation_type():
            return kind.type

        @staticmethod
        def cloudformation_name_type():
            return kind.name

        @classmethod
        def has_cfn_attr(cls, attr):
            return True

        def get_cfn_attribute(self, name):
            if name not in self.attributes:
                raise cloudformation_exceptions.UnformattedGetAttTemplateException()
            return self.attributes[name]

        @classmethod
        def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
            return cls(resource_name, cloudformation_json["Properties"], region_name)

        @classmethod
        def update_from_cloudformation_json(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
            if getattr(kind, "replaced", False):
                original_resource.delete(account_id, region_name)
                return cls(new_resource_name, cloudformation_json["Properties"], region_name)
            return cls(original_resource.name, cloudformation_json["Properties"], region_name)

        @classmethod
        def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
            raise NotImplementedError

        def delete(self, account_id, region_name):
            try:
                kind.delete(client(kind.service, region_name), self.identity, self.properties)
            except ClientError as error:
                # moto deletes in no order: what it belongs to may be gone already.
                if not re.search("NotFound|NoSuch", error.response["Error"]["Code"]):
                    raise

    return Resource


resource_types = [define(kind) for kind in (Alarm, Subscription, TopicPolicy, BucketPolicy, EventInvokeConfig, Permission)]


# -------------------------------------------------------------------------------------


def obey(line, scheduler, clock):
    match line.split():
        case ["advance", number] if number.isdigit():
            return scheduler.advance(int(number))
        case ["run", number] if re.fullmatch(r"[\d.]+", number):
            clock.set(float(number))
            return {"speedup": float(number)}
    return {"error": f"{line.strip()!r} is no command; write advance N or run N"}


def main():
    global endpoint, outbox, instances
    parser = argparse.ArgumentParser(description="A whole AWS on one machine, for tests.")
    parser.add_argument("--rie", required=True, help="the program aws-lambda-rie")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--outbox", help="file for the e-mails and text messages")
    parser.add_argument("--speedup", type=float, default=0, help="how fast the clock of the schedules runs; default 0: it stands still")
    options = parser.parse_args()

    # No signal may break in where what was started is being ended.
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    port = options.port or free_port()
    endpoint, outbox = f"http://127.0.0.1:{port}", options.outbox
    instances = Instances(os.path.abspath(options.rie))
    for patch in (patch_functions, patch_authorization, patch_s3, patch_sns, patch_stacks):
        patch()
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    scheduler = Scheduler(time.time(), scheduled_rules, deliver_to_function, function_retries)
    clock = Clock(scheduler)
    clock.start()
    if options.speedup:
        clock.set(options.speedup)

    def serve():
        try:
            print(json.dumps({"endpoint": endpoint, "account": ACCOUNT, "region": REGION}), flush=True)
            for line in sys.stdin:
                print(json.dumps(obey(line, scheduler, clock)), flush=True)
        finally:
            ended.set()

    threading.Thread(target=serve, daemon=True).start()
    ended.wait()
    instances.close()
    os._exit(0)  # the input may still be waited for


if __name__ == "__main__":
    main()
