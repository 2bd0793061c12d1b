# How many checks may run at once in the busiest minute of the day, if each takes as long
# as a check may: 28 seconds.

locals {
  enabled = { for name, c in local.checkers : name => c if c.enabled }
  waiting = length([for c in local.enabled : c if c.seconds < 60])                 # inside each minute
  free    = length([for c in local.enabled : c if startswith(c.schedule, "rate")]) # they may all fall together

  # Those that are due in the same minutes, counted.
  minutes = { for name, c in local.enabled : name => c.seconds / 60 if c.seconds >= 60 && startswith(c.schedule, "cron") }
  always  = length([for m in local.minutes : m if m == 1])
  groups  = { for name, m in local.minutes : "${parseint(substr(sha256(name), 0, 8), 16) % m}/${m}" => 1... if m > 1 }
  due = { for pair in flatten([for group, ones in local.groups : [
    for minute in range(tonumber(split("/", group)[0]), 1440, tonumber(split("/", group)[1])) : { minute = minute, checks = length(ones) }
  ]]) : pair.minute => pair.checks... }
  busiest = local.always + max(0, [for checks in local.due : sum(checks)]...)

  concurrency = local.waiting + ceil((local.busiest + local.free) * 28 / 60)
}
