# Who is subscribed on AWS.

locals {
  alerts = try({ for key in keys(local.root.alerts) : key => local.root.alerts[key] }, {})

  protocols = ["email", "sms", "https"]
  endpoints = { for protocol in local.protocols : protocol => try(local.alerts[protocol], []) }
  lists     = { for protocol, list in local.endpoints : protocol => try([for endpoint in list : endpoint if !can(keys(list))], []) }

  form = {
    email = { pattern = "^\"[^@\\s<>\"]+@[^@\\s<>\"]+\\.[^@\\s<>\".]+\"$", want = "is no e-mail address; write it like you@example.com", example = "you@example.com" }
    sms   = { pattern = "^\"\\+[1-9][0-9]{6,14}\"$", want = "is no phone number; write it in E.164 form, like +15555550123", example = "+15555550123" }
    https = { pattern = "^\"[hH][tT][tT][pP][sS]://[^\\s/?#\"]+[^\\s\"]*\"$", want = "is no https URL; write it like https://hooks.example/stock", example = "https://hooks.example/stock" }
  }

  # Each entry is an endpoint, or an object that says which checkers it is told of only.
  subscribers = flatten([for protocol, list in local.lists : [for n, entry in list : {
    protocol = protocol
    path     = "alerts.${protocol}[${n}]${can(keys(entry)) ? ".to" : ""}"
    plain    = !can(keys(entry))
    missing  = can(keys(entry)) && !can(entry.to)
    # As JSON writes it: "5" and 5 are different things in the file.
    endpoint = !can(keys(entry)) ? jsonencode(entry) : can(entry.to) ? jsonencode(entry.to) : "null"
    only     = can(keys(entry)) && can(entry.only) ? jsonencode(entry.only) : ""
    names    = can(keys(entry)) ? try([for name in entry.only : jsonencode(name) if !can(keys(entry.only))], []) : []
  }]])
  onlys = concat(
    [for s in local.subscribers : { path = trimsuffix(s.path, ".to"), only = s.only, names = s.names }],
    [for u in local.written_urls : { path = u.path, only = u.only, names = u.names }],
  )
  names_of_checkers = [for w in local.written : w.name if w.name != ""]

  faults_of_alerts = concat(
    !can(local.root.alerts) || can(keys(local.root.alerts)) ? [] :
    local.root.alerts == null ? ["alerts: null says nothing; leave the key out"] :
    ["alerts: is ${lookup(local.kind, substr(jsonencode(local.root.alerts), 0, 1), "a number")}, but must be an object, such as {\"email\": [\"you@example.com\"]}"],
    [for protocol in local.protocols :
      local.endpoints[protocol] == null ? "alerts.${protocol}: null says nothing; leave the key out" :
      "alerts.${protocol}: is ${lookup(local.kind, substr(jsonencode(local.endpoints[protocol]), 0, 1), "a number")}, but must be a list, such as [\"${local.form[protocol].example}\"]"
      if !startswith(jsonencode(local.endpoints[protocol]), "[")
    ],
    [for s in local.subscribers : join("", [
      "${s.path}: ",
      s.missing ? "is missing; write \"to\": \"${local.form[s.protocol].example}\"" :
      s.endpoint == "null" ? "null says nothing; leave the key out" :
      s.endpoint == "\"\"" ? "is empty; write a value" :
      !startswith(s.endpoint, "\"") && s.plain ? "is ${lookup(local.kind, substr(s.endpoint, 0, 1), "a number")}, but must be a string or an object" :
      !startswith(s.endpoint, "\"") ? "is ${lookup(local.kind, substr(s.endpoint, 0, 1), "a number")}, but must be a string, such as \"${local.form[s.protocol].example}\"" :
      # The address of a webhook is a secret: it is not shown.
      s.protocol == "https" ? local.form[s.protocol].want : "${s.endpoint} ${local.form[s.protocol].want}",
    ]) if !can(regex(local.form[s.protocol].pattern, s.endpoint))],
    [for n, s in local.subscribers : "${s.path}: ${s.protocol == "https" ? "" : "${s.endpoint} "}stands here a second time; remove one of them"
    if startswith(s.endpoint, "\"") && contains([for before in slice(local.subscribers, 0, n) : before.endpoint if before.protocol == s.protocol], s.endpoint)],
    [for s in local.onlys : join("", [
      "${s.path}.only: ",
      s.only == "null" ? "null says nothing; leave the key out" :
      s.only == "[]" ? "is an empty list; it needs at least 1" :
      startswith(s.only, "[") ? "names ${length(s.names)} checkers, and 150 is the most; leave only out, or write the entry for fewer" :
      "is ${lookup(local.kind, substr(s.only, 0, 1), "a number")}, but must be a list, such as [\"ps5\"]",
    ]) if s.only != "" && (!startswith(s.only, "[") || s.only == "[]" || length(s.names) > 150)],
    flatten([for s in local.onlys : [for n, name in s.names :
      "${s.path}.only[${n}]: ${join("", [
        name == "null" ? "null says nothing; leave the key out" :
        name == "\"\"" ? "is empty; write a value" :
        !startswith(name, "\"") ? "is ${lookup(local.kind, substr(name, 0, 1), "a number")}, but must be a string" :
        contains(slice(s.names, 0, n), name) ? "${name} stands here a second time; remove one of them" :
        "${name} is no checker of this file; write the name of one",
      ])}" if contains(slice(s.names, 0, n), name) || !contains(local.names_of_checkers, name)
    ]]),
    local.faults_of_urls,
    local.alert_urls_size <= 3800 ? [] : [
      "alerts.urls: as a variable of the function it has ${local.alert_urls_size} characters, and Lambda has room for 3800; write less of them, or long parts as $${ssm:/path}",
    ],
    [for name, n in local.groups_of : "alerts: the lists of only that have ${name} are of ${n} kinds, and an alarm tells 4 at most; write the same list for more of them" if n > 4],
  )

  # The id is the endpoint's own: adding one, or another order, must not make SNS ask the
  # others for confirmation again.
  entries_of_alerts = { for s in local.subscribers : "${s.protocol}-${substr(sha256(jsondecode(s.endpoint)), 0, 8)}" => {
    protocol = s.protocol
    endpoint = jsondecode(s.endpoint)
    only     = s.only == "" ? null : sort([for name in s.names : jsondecode(name) if startswith(name, "\"")])
  }... if can(regex(local.form[s.protocol].pattern, s.endpoint)) }
  subscriptions = { for id, all in local.entries_of_alerts : id => all[0] }

  # CloudWatch's messages have no attributes, so that no filter lets them through: those who
  # are told of some checkers only have a topic for the alarms of these.
  alarm_groups = { for s in local.subscriptions : substr(sha256(join(",", s.only)), 0, 8) => s.only... if s.only != null }
  groups_of    = { for name in distinct(flatten([for lists in local.alarm_groups : lists[0]])) : name => length([for lists in local.alarm_groups : name if contains(lists[0], name)]) }
}
