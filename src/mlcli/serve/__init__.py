"""The third way in: fitted models as pages and as JSON, over HTTP.

Begin at ``server.run``; ``app`` has the addresses, ``asking`` reads what is asked, ``shelf``
keeps the models, ``booked`` what the exports know of days to come, ``pages`` draws.
"""
