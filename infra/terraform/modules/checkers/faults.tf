# All that is wrong is told at once, a line each, in the order of the file.

locals {
  faults = [for fault in concat(local.faults_of_file, local.faults_of_alerts, flatten(local.faults_of)) : "${basename(var.file)}: ${fault}"]

  example = "{\"name\": \"ps5\", \"url\": \"https://shop.example/ps5\"}"

  faults_of_file = compact([
    !local.json ? "is no JSON; the command stockcheck validate says where" :
    !can(keys(local.root)) ? "the whole is ${lookup(local.kind, substr(jsonencode(local.root), 0, 1), "a number")}, but must be an object, in { and }" :
    !can(local.root.checkers) ? "checkers: is missing; write \"checkers\": [${local.example}]" :
    local.root.checkers == null ? "checkers: null says nothing; leave the key out" :
    !can(regex("^\\[", jsonencode(local.root.checkers))) ? "checkers: is ${lookup(local.kind, substr(jsonencode(local.root.checkers), 0, 1), "a number")}, but must be a list, such as [${local.example}]" :
    length(local.root.checkers) == 0 ? "checkers: is an empty list; it needs at least 1" : "",
    !can(local.root.defaults) || can(keys(local.root.defaults)) ? "" : local.root.defaults == null ? "defaults: null says nothing; leave the key out" :
    "defaults: is ${lookup(local.kind, substr(jsonencode(local.root.defaults), 0, 1), "a number")}, but must be an object, such as {\"every\": \"1m\"}",
    # Terraform reads the last of two, so a name that is there in the defaults is in no entry.
    can(local.root.defaults.name) ? "defaults.name: belongs to each checker, not to the defaults; move it there" : "",
    can(local.root.defaults.sku) ? "defaults.sku: belongs to each checker, not to the defaults; move it there" : "",
    can(local.root.defaults.url) ? "defaults.url: belongs to each checker, not to the defaults; move it there" : "",
  ])

  faults_of = [for n, item in local.items : [
    for fault in [
      n > 0 && !can(keys(local.entries[n - 1])) ?
      "is ${lookup(local.kind, substr(jsonencode(local.entries[n - 1]), 0, 1), "a number")}, but must be an object, such as ${local.example}" : "",

      n == 0 || !can(keys(local.entries[n - 1])) || local.read[n].name != null ? "" :
      local.written[n].name == "" ? "name: is missing; write \"name\": \"ps5\"" :
      local.written[n].name == "null" ? "name: null says nothing; leave the key out" :
      local.written[n].name == "\"\"" ? "name: is empty; write a value" :
      startswith(local.written[n].name, "\"") ? "name: ${local.written[n].name} is no name; write 1 to 40 of a-z, 0-9 and -, beginning with a letter or digit" :
      "name: is ${lookup(local.kind, substr(local.written[n].name, 0, 1), "a number")}, but must be a string, such as \"ps5\"",

      local.read[n].name == null || try(local.same[local.written[n].name][0], n) == n ? "" :
      "name: has the same name as a checker before; names are unique",

      !can(item.entry.every) || local.known[n].seconds != null ? "" :
      local.written[n].every == "null" ? "every: null says nothing; leave the key out" :
      local.written[n].every == "\"\"" ? "every: is empty; write a value" :
      local.read[n].seconds != null ? "every: ${local.written[n].every} is out of range; write a duration from 10s to 24h" :
      startswith(local.written[n].every, "\"") ? "every: ${local.written[n].every} is no duration; write it like 30s, 5m or 1h30m" :
      "every: is ${lookup(local.kind, substr(local.written[n].every, 0, 1), "a number")}, but must be a string, such as \"5m\"",

      !can(item.entry.enabled) || local.read[n].enabled != null ? "" :
      local.written[n].enabled == "null" ? "enabled: null says nothing; leave the key out" :
      "enabled: is ${lookup(local.kind, substr(local.written[n].enabled, 0, 1), "a number")}, but must be true or false, such as false",

      !can(item.entry.alarm) || startswith(local.written[n].alarm, "{") && local.known[n].failures != null ? "" :
      local.written[n].alarm == "null" ? "alarm: null says nothing; leave the key out" :
      !startswith(local.written[n].alarm, "{") ? "alarm: is ${lookup(local.kind, substr(local.written[n].alarm, 0, 1), "a number")}, but must be an object, such as {\"failures\": 3}" :
      local.written[n].failures == "null" ? "alarm.failures: null says nothing; leave the key out" :
      can(regex("^-?[0-9]+$", local.written[n].failures)) ? "alarm.failures: ${local.written[n].failures} is out of range; write a whole number from 1 to 10" :
      can(regex("^-?[0-9]", local.written[n].failures)) ? "alarm.failures: ${local.written[n].failures} is no whole number; write one from 1 to 10" :
      "alarm.failures: is ${lookup(local.kind, substr(local.written[n].failures, 0, 1), "a number")}, but must be a number, such as 3",

      try((local.known[n].failures + 2) * local.derived[n].period <= local.derived[n].span, true) ? "" :
      !can(item.entry.alarm) && !can(item.entry.every) || n == 0 && !can(item.entry.alarm) ? "" : join("", [
        n == 0 ? "alarm: " : can(item.entry.alarm) ? "alarm.failures: " : "every: ",
        "${local.known[n].failures} failures at every ${local.derived[n].every} need an alarm over ${local.short[(local.known[n].failures + 2) * local.derived[n].period]}, ",
        "and an alarm on AWS spans ${local.short[local.derived[n].span]} at most; write ${floor(local.derived[n].span / local.derived[n].period) - 2} at most, or check more often",
      ]),

      n == 0 || local.derived[n].kept ? "" :
      "every: ${local.derived[n].every} cannot be kept on AWS; write 10s, 15s, 20s, 30s or whole minutes",

      n == 0 || local.length[n] <= 8192 ? "" :
      "is too long: as a rule's input it has up to ${local.length[n]} characters, and EventBridge takes 8192; shorten it by ${local.length[n] - 8192}",
    ] : "${item.label}${item.path}${fault}" if fault != ""
  ]]
}
