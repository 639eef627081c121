"""Makes of credentials: how each kind of secret looks, as patterns that take linear time on any text.

Written for RE2, over bytes. In a pattern with groups the first is kept, the second is the secret, and a third is kept;
one without groups is the secret itself.
"""

from __future__ import annotations

_START = r"(?:\b|\\[nrt])"
"""Where a word begins, also behind a line end that is written as two characters."""
_NAMES = (
    r"(?:password|passwd|passphrase|_pass|_pwd|secret|token|_pat|auth|credentials?"
    r"|(?:api|access|private|account|signing|encryption|master|deploy|license|storage)[_-]?key(?:[_-]?(?:id|base))?)"
)
_SEPARATOR = r"\\?[\"']?[ \t]{0,4}(?:=>|=|:)[ \t]{0,4}"
_VALUE = r"(?:\"[^\"\r\n]{4,}\"?|'[^'\r\n]{4,}'?|\\{0,3}[\"']?[^\s\"',;&]{6,})"

TOKENS = (
    r"gh[pousr]_[A-Za-z0-9]{16,}",  # GitHub: classic, OAuth, app, refresh
    r"github_pat_[A-Za-z0-9_]{20,}",
    _START + r"gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|oas)-[A-Za-z0-9_.\-]{16,}",  # GitLab
    _START + r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",  # AWS
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}",  # Slack
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-[A-Za-z0-9_-]{50,}",
    r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}",  # Docker
    r"hf_[A-Za-z0-9]{30,}|api_org_[A-Za-z0-9]{30,}",  # Hugging Face
    _START + r"sk-[A-Za-z0-9_-]{20,}",  # OpenAI, Anthropic and others alike
    _START + r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{24,}",  # Stripe, Standard Webhooks
    _START + r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",  # SendGrid
    _START + r"SK[0-9a-f]{32}\b",  # Twilio
    r"AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}",  # Google
    r"[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,}",  # Azure, of an application
    r"hv[sbr]\.[A-Za-z0-9_-]{20,}",  # Vault
    r"do[opr]_v1_[a-f0-9]{64}",  # DigitalOcean
    r"rubygems_[a-f0-9]{48}|" + _START + r"cio[A-Za-z0-9]{32}|" + _START + r"oy2[a-z0-9]{43}",  # gems, crates, NuGet
    r"glsa_[A-Za-z0-9_]{32,}|glc_[A-Za-z0-9+/=]{32,}",  # Grafana
    r"dapi[0-9a-f]{32}|NRAK-[A-Z0-9]{27}|dd[ap]_[A-Za-z0-9]{34,}",  # Databricks, New Relic, Datadog
    r"ATATT3[A-Za-z0-9_=-]{40,}|ATCTT3[A-Za-z0-9_=-]{40,}",  # Atlassian
    r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}|sq0[a-z]{3}-[A-Za-z0-9_-]{22,}",  # Shopify, Square
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}|lin_api_[A-Za-z0-9]{32,}",  # Telegram, Linear
    r"sntrys_[A-Za-z0-9+/=_-]{40,}|dp\.[a-z]{2,7}\.[A-Za-z0-9]{40,}",  # Sentry, Doppler
    r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}|AGE-SECRET-KEY-1[A-Z0-9]{40,}",  # Postman, age
    r"sbp_[a-f0-9]{40}|pul-[a-f0-9]{40}|pscale_[a-z]{2,6}_[A-Za-z0-9_.-]{30,}",  # Supabase, Pulumi, PlanetScale
    r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{40,}",  # Terraform
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?",  # JSON web tokens
)
"""Known by themselves, wherever they stand."""
PLACED = (
    r"(hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/)([A-Za-z0-9/_-]{8,})",
    r"([a-z0-9-]{1,60}\.webhook\.office\.com/)([A-Za-z0-9@/_-]{16,})",
    r"(://)([^\s/@:]*:[^\s/@]+)(@)",
    r"(://)([A-Za-z0-9_-]{20,})(@)",
    r"(?i)(authorization\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?(?:(?:bearer|basic|token|digest)[ \t]+)?)([^\s\"'\\]{6,})",
    rf"(?i)({_START}(?:bearer|basic|token|splunk)[ \t]{{1,4}})([A-Za-z0-9+/._~=-]{{16,}})",
    r"(?i)(\b(?:set-)?cookie:[ \t]*[\w.-]{1,64}=)([^\s;\"']{8,})",
    r"(?i)([?&;]sig=)([A-Za-z0-9%+/=_-]{20,})",  # Azure, of a shared access signature
    r"(?i)([ \t]--?(?:password|passwd|token|secret|api-?key|auth-?token)[ \t]+[\"']?)([^\s\"'-][^\s\"']{5,})",
    r"([ \t](?:-u|--user)[ \t]+[\"']?[^\s:\"']{1,100}:)([^\s\"']{4,})",
)
"""Known by what stands before them."""
IN_CONTEXT = (
    r"(?i)((?:aws|secret|twilio|datadog)[^\r\n]{0,40}?[^A-Za-z0-9/+])"
    r"([A-Za-z0-9/+]{40}|[a-f0-9]{32})([^A-Za-z0-9/+=]|$)"
)
"""Known by a word that stands near: AWS's secret keys, Twilio's and Datadog's tokens."""
ASSIGNED = rf"(?i)({_NAMES}{_SEPARATOR})({_VALUE})"
"""Known by the name that they are given."""
KEY_BEGIN = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-[0-9]:"
KEY_END = r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|Private-MAC: [0-9a-f]{32,}"
