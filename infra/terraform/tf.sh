#!/usr/bin/env bash
# What make tf-test, tf-plan, tf-apply and tf-destroy do:
#
#   tf.sh test                  formatting, validity, and tests, without an AWS
#   tf.sh init                  get the provider
#   tf.sh plan [ARGUMENT...]    what would change
#   tf.sh apply [ARGUMENT...]   change it
#   tf.sh destroy [ARGUMENT...] destroy all but the bucket with what the checkers know
#
# Of the environment it takes
#
#   TF_ROOT     the folder of the root module; default examples/basic, beside this file
#   TERRAFORM   the program; default terraform (tofu is another)
#
# and it hands ARGUMENTs to Terraform.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=${TF_ROOT:-$here/examples/basic}
terraform=${TERRAFORM:-terraform}
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1

command -v "$terraform" >/dev/null || {
  echo "$terraform is missing: install Terraform 1.9 or later" >&2
  exit 127
}

# A setting that names no file makes Terraform warn at each command.
if [ -n "${TF_CLI_CONFIG_FILE-}" ] && [ ! -e "$TF_CLI_CONFIG_FILE" ]; then
  unset TF_CLI_CONFIG_FILE
fi

# init gets the provider for the module in a folder: from where Terraform is told to look
# (the registry, if nowhere), and without a network from a mirror on this machine.
init() {
  local folder=$1 out found
  shift
  if out=$("$terraform" -chdir="$folder" init -input=false -no-color "$@" 2>&1); then
    return
  fi
  found=$(find / -maxdepth 5 \( -path /proc -o -path /sys -o -name .terraform \) -prune -o \
    -type d -path '*/registry.terraform.io/hashicorp/aws' -print 2>/dev/null | head -n 1) || true
  if [ -z "$found" ]; then
    echo "$out" >&2
    return 1
  fi
  "$terraform" -chdir="$folder" init -input=false -no-color -plugin-dir="${found%/*/*/*}" "$@" >/dev/null
}

case ${1-} in
test)
  "$terraform" fmt -check -diff -recursive "$here"
  for folder in "$here" "$here/examples/basic"; do
    init "$folder" -backend=false
    "$terraform" -chdir="$folder" validate -no-color
  done
  "$terraform" -chdir="$here" test -no-color
  ;;
init)
  init "$root"
  ;;
plan | apply)
  init "$root"
  "$terraform" -chdir="$root" "$@"
  ;;
destroy)
  shift
  init "$root"
  bucket=$("$terraform" -chdir="$root" state list | grep -E '(^|\.)aws_s3_bucket[a-z_]*\.state\["new"\]$' || true)
  if [ -n "$bucket" ]; then
    case " $* " in
    *" -auto-approve "*) ;;
    *)
      read -r -p "All but the bucket will be destroyed. Only yes is taken for an answer: " answer
      [ "$answer" = yes ] || exit 1
      set -- -auto-approve "$@"
      ;;
    esac
    # The name, before Terraform forgets it: the rest may fail half-way.
    name=$("$terraform" -chdir="$root" state show -no-color "$(grep -E 'aws_s3_bucket\.state' <<<"$bucket")" | sed -n 's/^ *bucket *= "\(.*\)"$/\1/p')
    echo "Keeping the bucket $name"
    while read -r address; do
      "$terraform" -chdir="$root" state rm "$address" </dev/null
    done <<<"$bucket"
  fi
  "$terraform" -chdir="$root" destroy "$@"
  if [ -n "$bucket" ]; then
    echo "The bucket $name is kept, with what the checkers know. To use it again: bucket = \"$name\""
  fi
  ;;
*)
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
  exit 2
  ;;
esac
