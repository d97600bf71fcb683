"""Scrapy's settings for a crawl, stricter than its defaults (docs/adr/0008)."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from arb_pipeline.contracts.sources import MEBIBYTE, Source
from arb_pipeline.settings import Settings

ORDINARY = 32 * MEBIBYTE


def user_agent(contact: str) -> str:
    """User agent, with a contact address."""
    about = f"; contact: {contact}" if contact else ""
    return f"arb_pipeline/{version('arb-pipeline')} (trading card price research{about})"


def crawl_settings(source: Source, settings: Settings, folder: Path) -> dict[str, Any]:
    """The settings of one crawl of a source into a folder."""
    handler = "scrapy_project.handler.PoliteDownloadHandler"
    middlewares = "scrapy_project.middlewares"
    built_in = "scrapy.downloadermiddlewares"
    return {
        "ARB_FOLDER": str(folder),
        "USER_AGENT": user_agent(settings.contact),
        "DEFAULT_REQUEST_HEADERS": {"Accept-Encoding": "gzip"},
        # The handler limits the rate per host; one request at a time keeps records in order.
        "CONCURRENT_REQUESTS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0,
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "DOWNLOAD_HANDLERS": {
            "http": handler,
            "https": handler,
            **dict.fromkeys(("file", "ftp", "s3", "data")),
        },
        "TWISTED_DNS_RESOLVER": "scrapy_project.ssrf_guard.GuardedResolver",
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_MAXSIZE": source.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": settings.timeout_seconds * max(1.0, source.max_bytes / ORDINARY),
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "DOWNLOADER_MIDDLEWARES": {
            f"{middlewares}.base_url_override.BaseUrlOverrideMiddleware": 80,
            f"{middlewares}.resume.ResumeMiddleware": 100,
            f"{middlewares}.archive.ArchiveMiddleware": 120,
            f"{middlewares}.conditional.ConditionalMiddleware": 140,
            f"{middlewares}.robots.RobotsMiddleware": 160,
            f"{middlewares}.rotation.RotationMiddleware": 420,
            **dict.fromkeys(
                (
                    f"{built_in}.offsite.OffsiteMiddleware",  # the guard's, at every hop
                    f"{built_in}.robotstxt.RobotsTxtMiddleware",
                    f"{built_in}.httpcompression.HttpCompressionMiddleware",  # bytes are archived unchanged
                    f"{built_in}.cookies.CookiesMiddleware",
                    f"{built_in}.httpauth.HttpAuthMiddleware",
                )
            ),
        },
        "HTTPPROXY_ENABLED": bool(settings.proxies),
        "METAREFRESH_ENABLED": False,
        "REDIRECT_MAX_TIMES": 5,
        "RETRY_TIMES": settings.retries,
        "ITEM_PIPELINES": {"scrapy_project.pipelines.RecordsPipeline": 100},
        "EXTENSIONS": {
            "scrapy_project.crawl_result.Report": 0,
            "scrapy.extensions.telnet.TelnetConsole": None,
        },
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "MEMUSAGE_ENABLED": True,
        "MEMUSAGE_LIMIT_MB": 3072,
        "MEMUSAGE_CHECK_INTERVAL_SECONDS": 5.0,
        "LOG_LEVEL": "INFO",
        "LOG_FORMATTER": "scrapy.logformatter.LogFormatter",
    }
