# Who is told on AWS. alerts.urls is for the command on one machine.

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

  faults_of_alerts = concat(
    !can(local.root.alerts) || can(keys(local.root.alerts)) ? [] :
    local.root.alerts == null ? ["alerts: null says nothing; leave the key out"] :
    ["alerts: is ${lookup(local.kind, substr(jsonencode(local.root.alerts), 0, 1), "a number")}, but must be an object, such as {\"email\": [\"you@example.com\"]}"],
    flatten([for protocol, list in local.lists : concat(
      startswith(jsonencode(local.endpoints[protocol]), "[") ? [] :
      local.endpoints[protocol] == null ? ["alerts.${protocol}: null says nothing; leave the key out"] :
      ["alerts.${protocol}: is ${lookup(local.kind, substr(jsonencode(local.endpoints[protocol]), 0, 1), "a number")}, but must be a list, such as [\"${local.form[protocol].example}\"]"],
      [for n, endpoint in list : join("", [
        "alerts.${protocol}[${n}]: ",
        jsonencode(endpoint) == "null" ? "null says nothing; leave the key out" :
        jsonencode(endpoint) == "\"\"" ? "is empty; write a value" :
        !startswith(jsonencode(endpoint), "\"") ? "is ${lookup(local.kind, substr(jsonencode(endpoint), 0, 1), "a number")}, but must be a string" :
        # The address of a webhook is a secret: it is not shown.
        protocol == "https" ? local.form[protocol].want : "${jsonencode(endpoint)} ${local.form[protocol].want}",
      ]) if !can(regex(local.form[protocol].pattern, jsonencode(endpoint)))],
      [for n, endpoint in list : "alerts.${protocol}[${n}]: ${protocol == "https" ? "" : "${jsonencode(endpoint)} "}stands here a second time; remove one of them"
      if can(regex("^\"", jsonencode(endpoint))) && try(index(list, endpoint) < n, false)],
    )]),
  )

  # The id is the endpoint's own: adding one, or another order, must not make SNS ask the
  # others for confirmation again.
  subscriptions = merge([for protocol, list in local.lists : {
    for endpoint in distinct(list) : "${protocol}-${substr(sha256(endpoint), 0, 8)}" => { protocol = protocol, endpoint = endpoint }
    if can(regex(local.form[protocol].pattern, jsonencode(endpoint)))
  }]...)
}
