"""Files that hold keys and passwords by their names: gitignore patterns, matched in any case.

Data. A file or folder is on the list wherever it lies. The user takes an entry back with a pattern
of his own: ``exclude = ["!.env.example"]``.
"""

from __future__ import annotations

from typing import Final

SECRET_FOLDERS: Final = (
    ".git", ".hg", ".svn",
    ".ssh", ".gnupg", ".aws", ".azure", ".gcloud", ".kube", ".oci", ".bluemix",
    ".password-store", ".secrets", ".vault", ".1password", ".minikube", ".terraform.d",
    ".putty", "**/.config/gcloud", "**/.config/gh", "**/.local/share/keyrings",
    "**/Library/Keychains", "**/turnout/keys",
)  # fmt: skip

SECRET_FILES: Final = (
    # environments
    ".env*", "*.env", "*.env.local", ".envrc", ".flaskenv", ".dev.vars*", "local.settings.json",
    # private keys and key stores
    "*.pem", "*.key", "*.p8", "*.p12", "*.pfx", "*.pkcs12", "*.ppk", "*.jks", "*.keystore", "*.bks",
    "*.gpg", "*.pgp", "*.kdb", "*.kdbx", "*.agekey", "*.keychain", "*.keychain-db", "*.ovpn",
    "*.keytab", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*_rsa", "*_ed25519",
    "secring.*", "wallet.dat", "*.mobileprovision", "*.publishsettings",
    # credentials
    "credentials", "credentials.json", "credentials.toml", "credentials.y*ml", "credentials.xml",
    "credentials.ini", "credentials.csv", "credentials.txt", "credentials.cfg", "credentials.enc",
    "credentials.properties", "credentials.db", "credentials.tfrc.json", "*.credentials",
    "*credentials*.json", "*-credentials.y*ml", "client_secret*.json", "client-secret*.json",
    "service-account*.json", "service_account*.json", "serviceaccount*.json",
    "*-service-account.json", "*firebase-adminsdk*.json", "gha-creds-*.json", "auth.json",
    "access_tokens.db", "accessTokens.json", "msal_token_cache*", "rootkey.csv",
    # secrets
    "secrets", "secrets.*", "secret.json", "secret.y*ml", "secret.toml", "secret.txt", "secret.env",
    "*.secret", "*.secrets", "*-secrets.y*ml", "*-secret.y*ml", "*.secrets.json", "*.secrets.y*ml",
    "passwords", "passwords.txt", "passwords.csv", "password.txt", "*.password", "passwd", "shadow",
    ".vault-token", ".vault_pass*", "vault_pass*", "vault-password*", "htpasswd", ".htpasswd",
    # tools that log in
    ".netrc", "_netrc", ".npmrc", ".yarnrc.yml", ".pypirc", "**/.pip/pip.conf", ".gemrc",
    ".git-credentials", ".dockercfg", "**/.docker/config.json", "kubeconfig",
    "kubeconfig.y*ml", "*.kubeconfig",
    ".pgpass", "pgpass.conf", ".my.cnf", ".mylogin.cnf", ".s3cfg", ".boto", ".passwd-s3fs",
    ".terraformrc", "terraform.rc", ".rhosts", ".msmtprc", ".fetchmailrc", ".authinfo*",
    "rclone.conf", "sftp-config.json", ".ftpconfig", ".remote-sync.json",
    "recentservers.xml", "sitemanager.xml", "dbeaver-data-sources.xml", ".databrickscfg",
    "**/.cargo/credentials*", "**/.m2/settings-security.xml", "keystore.properties",
    "key.properties",
    "**/.jupyter/jupyter_server_config.json", "**/huggingface/token",
    # state that repeats secrets
    "*.tfstate", "*.tfstate.*", "*.tfvars", "*.tfvars.json", ".*_history", ".history", ".dbshell",
)  # fmt: skip
