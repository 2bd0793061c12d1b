# What Terraform has to know of checkers.json, and what is wrong with it. It has no
# resources: the same file gives the same answer everywhere.
#
# The rules are those of the command stockcheck and of the CDK app; a test compares
# them. What is of no concern to AWS (selectors, prices, unknown keys) is passed on
# unseen: stockcheck validate looks at it.

locals {
  # Editors on Windows write a byte order mark.
  text = trimprefix(file(var.file), "\ufeff")
  json = can(jsondecode(local.text))
  root = try(jsondecode(local.text), null)

  # try gives an empty one for what is not there, or is no object or list.
  own      = ["name", "sku", "url"] # of each checker, never of the defaults
  defaults = try({ for key in keys(local.root.defaults) : key => local.root.defaults[key] if !contains(local.own, key) }, {})
  keyed    = can(keys(local.root.checkers)) # an object, of whose values none is a checker
  entries  = try([for entry in local.root.checkers : entry if !local.keyed], [])

  # The defaults are looked at as one more entry, so that a fault of theirs is told once.
  items = concat(
    [{ path = "defaults.", label = "", entry = local.defaults, value = local.defaults }],
    [for n, entry in local.entries : {
      path  = ""
      label = can(regex("^\"[^\"]", jsonencode(entry.name))) ? "checker ${jsonencode(entry.name)}: " : "checker #${n + 1}: "
      entry = try({ for key in keys(entry) : key => entry[key] }, {})
      value = try(merge(local.defaults, { for key in keys(entry) : key => entry[key] }), {})
    }],
  )

  # A value is known by how JSON writes it: "5", 5 and true are different things in the
  # file, and Terraform converts one into the other.
  written = [for item in local.items : {
    name     = can(item.entry.name) ? jsonencode(item.entry.name) : ""
    every    = jsonencode(try(item.value.every, "1m"))
    enabled  = jsonencode(try(item.value.enabled, true))
    alarm    = jsonencode(try(item.value.alarm, {}))
    failures = jsonencode(try(item.value.alarm.failures, 3))
  }]
  kind = {
    "\"" = "a string", "[" = "a list", "{" = "an object", t = "true or false", f = "true or false", n = "null",
  }

  # Values in their form, or null.
  read = [for w in local.written : {
    name = try(regex("^\"([a-z0-9][a-z0-9-]{0,39})\"$", w.name)[0], null)
    seconds = !can(regex("^\"([0-9]+h([0-9]+m)?([0-9]+s)?|[0-9]+m([0-9]+s)?|[0-9]+s)\"$", w.every)) ? null : (
      3600 * try(tonumber(regex("([0-9]+)h", w.every)[0]), 0) +
      60 * try(tonumber(regex("([0-9]+)m", w.every)[0]), 0) +
      try(tonumber(regex("([0-9]+)s", w.every)[0]), 0)
    )
    enabled  = w.enabled == "true" ? true : w.enabled == "false" ? false : null
    failures = can(regex("^[0-9]+$", w.failures)) ? tonumber(w.failures) : null
  }]

  # What follows of them, where they are in their range.
  known = [for r in local.read : {
    seconds  = try(r.seconds >= 10 && r.seconds <= 86400 ? r.seconds : null, null)
    failures = try(r.failures >= 1 && r.failures <= 10 ? r.failures : null, null)
  }]
  derived = [for k in local.known : {
    every  = k.seconds == null ? "" : local.short[k.seconds]
    period = k.seconds == null ? 60 : max(k.seconds, 60)
    # CloudWatch looks back over one day where the period is below an hour, else over seven.
    span = k.seconds == null ? 86400 : k.seconds < 3600 ? 86400 : 604800
    kept = k.seconds == null ? true : k.seconds < 60 ? contains([10, 15, 20, 30], k.seconds) : k.seconds % 60 == 0
  }]

  # Durations as checkers.json writes them: 1h30m, not 1h30m0s.
  short = { for seconds in toset(concat([for k in local.known : k.seconds if k.seconds != null], local.spans)) : seconds => join("", [
    seconds >= 3600 ? "${floor(seconds / 3600)}h" : "",
    seconds % 3600 >= 60 ? "${floor(seconds % 3600 / 60)}m" : "",
    seconds % 60 > 0 ? "${seconds % 60}s" : "",
  ]) }
  spans = concat([86400, 604800], [for k in local.known : (k.failures + 2) * max(k.seconds, 60) if k.seconds != null && k.failures != null])

  # Minutes, and shards of the CDK app, are spread by the hash of the name.
  spread = [for r in local.read : r.name == null ? 0 : parseint(substr(sha256(r.name), 0, 8), 16)]
  schedule = [for n, k in local.known :
    k.seconds == null ? "" :
    k.seconds <= 60 ? "cron(* * * * ? *)" :
    k.seconds == 3600 ? "cron(${local.spread[n] % 60} * * * ? *)" :
    3600 % k.seconds == 0 ? "cron(${local.spread[n] % (k.seconds / 60)}/${k.seconds / 60} * * * ? *)" :
    k.seconds == 86400 ? "cron(${local.spread[n] % 1440 % 60} ${floor(local.spread[n] % 1440 / 60)} * * ? *)" :
    86400 % k.seconds == 0 && k.seconds % 3600 == 0 ?
    "cron(${local.spread[n] % (k.seconds / 60) % 60} ${floor(local.spread[n] % (k.seconds / 60) / 60)}/${k.seconds / 3600} * * ? *)" :
    "rate(${floor(k.seconds / 60)} minutes)"
  ]

  definition = [for item in local.items : jsonencode(item.value)]

  # As a rule's input with the longest names that a topic and a bucket can have, counted
  # as AWS counts: in UTF-16.
  longest = {
    topicArn = join("", [for i in range(302) : "t"])
    s3Bucket = join("", [for i in range(63) : "b"])
  }
  input = [for n, item in local.items : local.read[n].name == null ? "" : textencodebase64(
    jsonencode(merge(item.value, local.longest, { s3Object = "state/${local.read[n].name}.json" })), "UTF-16LE",
  )]
  length = [for text in local.input : (length(text) / 4 * 3 - (endswith(text, "==") ? 2 : endswith(text, "=") ? 1 : 0)) / 2]

  same = { for n, w in local.written : w.name => n... if w.name != "" }

  checkers = { for n, r in local.read : r.name => {
    definition = local.definition[n]
    every      = local.derived[n].every
    seconds    = local.known[n].seconds
    period     = local.derived[n].period
    schedule   = local.schedule[n]
    enabled    = r.enabled
    failures   = r.failures
  } if r.name != null && r.enabled != null && local.known[n].seconds != null && local.known[n].failures != null && length(local.faults_of[n]) == 0 }
}
