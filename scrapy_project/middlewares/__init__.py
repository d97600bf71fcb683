"""Middlewares for requests and answers between spider and network, one concern per module.

In order of a request: base_url_override, resume, conditional, robots, rotation, (Scrapy's own: headers,
retry, redirect), archive. Answers pass in reverse order.
"""
