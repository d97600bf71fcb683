"""What happens to requests and answers between a spider and the network, one matter per module.

In the order that a request meets them: stand_in, resume, known, robots, rotation, (Scrapy's own: headers,
retry, redirect), archive. An answer meets them the other way round.
"""
