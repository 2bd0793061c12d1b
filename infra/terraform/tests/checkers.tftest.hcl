# What the module checkers makes of files, compared with what Go makes of them
# (*.golden.json, written by go test ./terraform -update in infra).

variables {
  file = "tests/data/valid.json"
}

run "valid" {
  module {
    source = "./modules/checkers"
  }

  assert {
    condition     = length(output.faults) == 0
    error_message = join("\n", output.faults)
  }

  assert {
    condition = alltrue([for name, c in jsondecode(file("tests/data/valid.golden.json")).checkers :
      jsondecode(output.checkers[name].definition) == jsondecode(c.definition)
    ])
    error_message = "A definition is not what Go says."
  }

  assert {
    condition = jsonencode({ for name, c in output.checkers : name => merge(c, { definition = null }) }) == jsonencode({
      for name, c in jsondecode(file("tests/data/valid.golden.json")).checkers : name => merge(c, { definition = null })
    })
    error_message = "The checkers are not those of Go: ${jsonencode(output.checkers)}"
  }

  assert {
    condition     = jsonencode(output.alerts) == jsonencode(jsondecode(file("tests/data/valid.golden.json")).alerts)
    error_message = "The subscriptions are not those of Go: ${jsonencode(output.alerts)}"
  }
}

run "schedules" {
  module {
    source = "./modules/checkers"
  }

  variables {
    file = "tests/data/schedules.json"
  }

  assert {
    condition = jsonencode({ for name, c in output.checkers : name => [c.schedule, c.seconds, c.period, c.every] }) == jsonencode({
      for name, c in jsondecode(file("tests/data/schedules.golden.json")).checkers : name => [c.schedule, c.seconds, c.period, c.every]
    })
    error_message = "A schedule is not what Go says: ${jsonencode({ for name, c in output.checkers : name => c.schedule })}"
  }
}

run "faulty" {
  module {
    source = "./modules/checkers"
  }

  variables {
    file = "tests/data/faulty.json"
  }

  assert {
    condition     = sort(output.faults) == sort(jsondecode(file("tests/data/faulty.golden.json")).faults)
    error_message = "The faults are not those of Go:\n${join("\n", output.faults)}"
  }
}

run "faulty_defaults" {
  module {
    source = "./modules/checkers"
  }

  variables {
    file = "tests/data/faulty-defaults.json"
  }

  assert {
    condition     = sort(output.faults) == sort(jsondecode(file("tests/data/faulty-defaults.golden.json")).faults)
    error_message = "The faults are not those of Go:\n${join("\n", output.faults)}"
  }
}

run "faulty_empty" {
  module {
    source = "./modules/checkers"
  }

  variables {
    file = "tests/data/faulty-empty.json"
  }

  assert {
    condition     = sort(output.faults) == sort(jsondecode(file("tests/data/faulty-empty.golden.json")).faults)
    error_message = "The faults are not those of Go:\n${join("\n", output.faults)}"
  }
}

run "faulty_kinds" {
  module {
    source = "./modules/checkers"
  }

  variables {
    file = "tests/data/faulty-kinds.json"
  }

  assert {
    condition     = sort(output.faults) == sort(jsondecode(file("tests/data/faulty-kinds.golden.json")).faults)
    error_message = "The faults are not those of Go:\n${join("\n", output.faults)}"
  }
}

run "faulty_list" {
  module {
    source = "./modules/checkers"
  }

  variables {
    file = "tests/data/faulty-list.json"
  }

  assert {
    condition     = sort(output.faults) == sort(jsondecode(file("tests/data/faulty-list.golden.json")).faults)
    error_message = "The faults are not those of Go:\n${join("\n", output.faults)}"
  }
}

run "faulty_missing" {
  module {
    source = "./modules/checkers"
  }

  variables {
    file = "tests/data/faulty-missing.json"
  }

  assert {
    condition     = sort(output.faults) == sort(jsondecode(file("tests/data/faulty-missing.golden.json")).faults)
    error_message = "The faults are not those of Go:\n${join("\n", output.faults)}"
  }
}

run "faulty_nulls" {
  module {
    source = "./modules/checkers"
  }

  variables {
    file = "tests/data/faulty-nulls.json"
  }

  assert {
    condition     = sort(output.faults) == sort(jsondecode(file("tests/data/faulty-nulls.golden.json")).faults)
    error_message = "The faults are not those of Go:\n${join("\n", output.faults)}"
  }
}

run "faulty_span" {
  module {
    source = "./modules/checkers"
  }

  variables {
    file = "tests/data/faulty-span.json"
  }

  assert {
    condition     = sort(output.faults) == sort(jsondecode(file("tests/data/faulty-span.golden.json")).faults)
    error_message = "The faults are not those of Go:\n${join("\n", output.faults)}"
  }
}

run "unkept" {
  module {
    source = "./modules/checkers"
  }

  variables {
    file = "tests/data/unkept.json"
  }

  assert {
    condition     = sort(output.faults) == sort(jsondecode(file("tests/data/unkept.golden.json")).faults)
    error_message = "The faults are not those of Go:\n${join("\n", output.faults)}"
  }
}

