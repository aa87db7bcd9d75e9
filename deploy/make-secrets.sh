#!/bin/sh
# Makes the files that compose.yaml mounts as secrets; those that are there stay as they are. Needs openssl.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
cd secrets

[ -e key_password ] || openssl rand -hex 32 > key_password
[ -e api_keys ] || echo "sk-$(openssl rand -hex 24)" > api_keys

if [ ! -e redis_acl ]; then
  openssl rand -hex 32 | tr -d '\n' > redis_password
  hash=$(openssl dgst -sha256 -r redis_password | cut -d ' ' -f 1)
  # Redis gets the password's hash alone. A router may do what docs/scaling.md names, and the health check may ask.
  cat > redis_acl <<ACL
user default off
user health on nopass resetchannels -@all +ping
user router on #$hash resetchannels ~{nomyo:replay}:* -@all +info +set +get +eval +ping
ACL
fi

# To try things out. Put a certificate that your clients trust in its place.
[ -e tls_cert ] || openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout tls_key -out tls_cert 2> /dev/null

# The containers' group reads them, and nobody else.
chmod 0440 ./*
if [ "$(id -u)" = 0 ]; then
  chgrp 10001 ./*
else
  echo 'Not root: for the containers to read them, run: sudo chgrp 10001 deploy/secrets/*' >&2
fi
