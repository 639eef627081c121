"""The invented words that people, repositories, hosts and commits are made of."""

from __future__ import annotations

ORGANISATION = "copperfield-labs"
DOMAIN = "copperfield.example"

GIVEN = """
ada amira anton bela bruno carla cedric chidi dana deniz edith elif emil farah finn greta hana hugo
ilse ines ivo jana jonas kaya kenji lale lars leila lior mara mateo mei milo nadia nils noor olga
omar paula petra quinn rafa rania ravi runa sami sana selma tariq tomas uma vera viktor wanda xenia
yara yusuf zeno zora
""".split()
FAMILY = """
abara alder bahr banerjee castro cho dorn ekberg fadel fuchs garza hale haas iyer jansen kato
keller laine lund marsh meyer mori novak okoye ortiz park pereira quist rao reyes rossi sato silva
sorel tanaka thorn ueda vance varga weiss yilmaz zeller
""".split()

TEAMS = ("payments", "platform", "mobile", "data", "web", "growth")
"""The second one runs the build machinery and is the only one with self-hosted runners."""

REPOSITORIES = {
    "payments": ("ledger", "pay-api", "invoices", "fraud-rules", "settlement"),
    "platform": ("build-images", "infra", "ci-templates", "deploy-bot", "secrets-broker"),
    "mobile": ("android-app", "ios-app", "push-gateway", "mobile-design-kit", "crash-intake"),
    "data": ("events-pipeline", "warehouse-models", "features-store", "notebooks", "stream-tools"),
    "web": ("storefront", "checkout-ui", "web-components", "search-ui", "docs-site"),
    "growth": ("experiments", "mailer", "landing-pages", "referrals", "analytics-sdk"),
}
PUBLIC = ("web-components", "docs-site", "analytics-sdk", "stream-tools", "mobile-design-kit")
PACKAGES = ("web-components", "analytics-sdk", "stream-tools", "mobile-design-kit", "features-store", "ledger")
"""Repositories that release a package."""

LANGUAGES = {
    "typescript": (("src/index.ts", "src/api.ts", "src/cart.ts", "src/view.tsx", "test/api.test.ts"), "package.json"),
    "python": (("src/main.py", "src/jobs.py", "src/models.py", "tests/test_jobs.py"), "pyproject.toml"),
    "go": (("cmd/main.go", "internal/store.go", "internal/http.go", "internal/http_test.go"), "go.mod"),
    "kotlin": (("app/src/Main.kt", "app/src/Cart.kt", "app/test/CartTest.kt"), "build.gradle.kts"),
}
LOCKFILES = {"typescript": "package-lock.json", "python": "uv.lock", "go": "go.sum", "kotlin": "gradle.lockfile"}
TEAM_LANGUAGES = {
    "payments": "go",
    "platform": "go",
    "mobile": "kotlin",
    "data": "python",
    "web": "typescript",
    "growth": "typescript",
}

VERBS = ("Add", "Fix", "Rename", "Simplify", "Remove", "Speed up", "Document", "Test", "Handle", "Move")
THINGS = (
    "retry of failed payments",
    "rounding of totals",
    "empty cart",
    "pagination",
    "time-out of the gateway",
    "search filters",
    "flaky test",
    "dark colours",
    "currency names",
    "error page",
    "login redirect",
    "batch size",
    "cache key",
    "health check",
    "unused flags",
    "date parsing",
    "webhook signature",
    "invoice numbers",
    "metrics names",
    "feature flag",
)
DEPENDENCIES = {
    "typescript": ("vite", "zod", "react", "eslint", "vitest", "date-fns"),
    "python": ("numpy", "pydantic", "httpx", "pytest", "ruff", "polars"),
    "go": ("golang.org/x/net", "google.golang.org/grpc", "github.com/jackc/pgx/v5"),
    "kotlin": ("androidx.core", "okhttp", "kotlinx-coroutines", "junit"),
}
REGISTRIES = {
    "typescript": "registry.packages.example",
    "python": "pypi.packages.example",
    "go": "proxy.packages.example",
    "kotlin": "maven.packages.example",
}

GIT_AGENTS = ("git/2.39.5", "git/2.43.0", "git/2.46.0", "git/2.47.1", "git/2.50.1")
BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
)
TOOLS = ("GitHub CLI 2.74.2", "GitHub CLI 2.63.0", "VSCode/1.102.0")
