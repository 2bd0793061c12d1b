# The notification services of alerts.urls: which of them the function posts to, and what
# it is told of them. The rest is for the command on one machine.

locals {
  urls = try([for entry in local.alerts.urls : entry if !can(keys(local.alerts.urls))], [])

  # As JSON writes it: "5" and 5 are different things in the file.
  written_urls = [for n, entry in local.urls : {
    plain = !can(keys(entry))
    path  = "alerts.urls[${n}]"
    url   = !can(keys(entry)) ? jsonencode(entry) : can(entry.url) ? jsonencode(entry.url) : ""
    name  = can(keys(entry)) && can(entry.name) ? jsonencode(entry.name) : ""
    only  = can(keys(entry)) && can(entry.only) ? jsonencode(entry.only) : ""
    names = can(keys(entry)) ? try([for name in entry.only : jsonencode(name) if !can(keys(entry.only))], []) : []
  }]

  texts_of_urls = [for u in local.written_urls : jsondecode(startswith(u.url, "\"") ? u.url : "\"\"")]
  no_secret = [for text in local.texts_of_urls : anytrue([
    for secret in regexall("\\$\\{[^}]*\\}?", text) : !can(regex("^\\$\\{([A-Za-z_][A-Za-z0-9_]*|ssm:/[A-Za-z0-9_./-]{1,1000})\\}$", secret))
  ])]
  faults_of_urls = concat(
    !can(local.alerts.urls) || startswith(jsonencode(try(local.alerts.urls, [])), "[") ? [] :
    try(local.alerts.urls, null) == null ? ["alerts.urls: null says nothing; leave the key out"] :
    ["alerts.urls: is ${lookup(local.kind, substr(jsonencode(local.alerts.urls), 0, 1), "a number")}, but must be a list, such as [\"ntfy://ntfy.sh/your-topic\"]"],
    # The URL is not shown: it is a secret, or has one in it.
    [for n, u in local.written_urls : join("", [
      u.path, u.plain ? "" : ".url", ": ",
      u.url == "" ? "is missing; write \"url\": \"ntfy://ntfy.sh/your-topic\"" :
      u.url == "null" ? "null says nothing; leave the key out" :
      u.url == "\"\"" ? "is empty; write a value" :
      !startswith(u.url, "\"") && u.plain ? "is ${lookup(local.kind, substr(u.url, 0, 1), "a number")}, but must be a string or an object" :
      !startswith(u.url, "\"") ? "is ${lookup(local.kind, substr(u.url, 0, 1), "a number")}, but must be a string, such as \"ntfy://ntfy.sh/your-topic\"" :
      local.no_secret[n] ? "has a $${ that begins no secret; write $${VARIABLE}, or on AWS $${ssm:/path}" :
      "is no URL; write it like ntfy://ntfy.sh/your-topic",
    ]) if local.no_secret[n] || !can(regex("^(\\$\\{[^}]*\\}|[A-Za-z][A-Za-z0-9+.-]*:\\S*)$", local.texts_of_urls[n]))],
    [for n, u in local.written_urls : "${u.path}: stands here a second time; remove one of them"
    if u.plain && startswith(u.url, "\"") && contains([for before in slice(local.written_urls, 0, n) : before.url if before.plain], u.url)],
    [for u in local.written_urls : join("", [
      u.path, ".name: ",
      u.name == "null" ? "null says nothing; leave the key out" :
      u.name == "\"\"" ? "is empty; write a value" :
      !startswith(u.name, "\"") ? "is ${lookup(local.kind, substr(u.name, 0, 1), "a number")}, but must be a string, such as \"phone\"" :
      "${u.name} is no name; write 1 to 40 of a-z, 0-9 and -, beginning with a letter or digit",
    ]) if u.name != "" && !can(regex("^\"[a-z0-9][a-z0-9-]{0,39}\"$", u.name))],
    [for n, u in local.written_urls : "${u.path}.name: ${u.name} is the name of another entry too; names are unique"
    if can(regex("^\"[a-z0-9][a-z0-9-]{0,39}\"$", u.name)) && contains([for before in slice(local.written_urls, 0, n) : before.name], u.name)],
  )

  # An entry without a name is called by its scheme, and the next ones of it scheme-2,
  # scheme-3, without those that are taken.
  known_urls  = [for n, u in local.written_urls : merge(u, { text = local.texts_of_urls[n] }) if local.texts_of_urls[n] != ""]
  taken_names = [for u in local.known_urls : jsondecode(u.name) if startswith(u.name, "\"")]
  words       = [for u in local.known_urls : regex("^[a-z0-9]*", lower(u.text)) == "" ? "channel" : regex("^[a-z0-9]*", lower(u.text))]
  channels = [for n, u in local.known_urls : {
    url  = u.text
    only = u.only
    name = startswith(u.name, "\"") ? jsondecode(u.name) : [
      for i in range(1, length(local.known_urls) + 2) : i == 1 ? local.words[n] : "${local.words[n]}-${i}"
      if !contains(local.taken_names, i == 1 ? local.words[n] : "${local.words[n]}-${i}")
    ][length([for before in range(n) : before if local.words[before] == local.words[n] && !startswith(local.known_urls[before].name, "\"")])]
    service = (
      startswith(u.text, "$") ? "" :
      startswith(lower(u.text), "https://ntfy.sh/") ? "ntfy" :
      can(regex("^https://discord(app)?\\.com/api/webhooks/", lower(u.text))) ? "discord" :
      startswith(lower(u.text), "https://hooks.slack.com/services/") ? "slack" :
      regex("^[^:+]*", lower(u.text))
    )
    variables  = [for secret in regexall("\\$\\{([^}]*)\\}", u.text) : secret[0] if !startswith(secret[0], "ssm:")]
    parameters = [for secret in regexall("\\$\\{([^}]*)\\}", u.text) : trimprefix(secret[0], "ssm:") if startswith(secret[0], "ssm:")]
  }]

  services = ["discord", "generic", "ntfy", "slack", "telegram"]
  told     = [for c in local.channels : c if(c.service == "" || contains(local.services, c.service)) && length(c.variables) == 0]
  untold = [for c in local.channels : join("", [
    "alerts.urls: ${c.name} is not told on AWS: ",
    contains(["http", "https"], c.service) ?
    "its URL names no service; write generic+${c.service}://… for a webhook, or ntfy://host/topic for an ntfy server" :
    c.service != "" && !contains(local.services, c.service) ?
    "${c.service} is for the command on one machine; the function knows ${join(", ", local.services)}" :
    "the function has no environment variable ${c.variables[0]}; write a parameter, like $${ssm:/stockchecker/token}",
  ]) if !contains([for t in local.told : t.name], c.name)]

  alert_urls = length(local.told) == 0 ? "" : "[${join(",", [for c in local.told : join("", [
    "{\"name\":${jsonencode(c.name)},", c.only == "" ? "" : "\"only\":${c.only},", "\"url\":${jsonencode(c.url)}}",
  ])])}]"
  parameters      = sort(distinct(flatten(local.told[*].parameters)))
  alert_urls_size = length(textencodebase64(local.alert_urls, "UTF-8")) / 4 * 3
}
