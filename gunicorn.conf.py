"""How gunicorn serves: two processes of four threads, each with a pool of connections, and a log without words."""

worker_class = "contactwrexham.gathering.GatheringWorker"
workers = 2
threads = 4
graceful_timeout = 5
accesslog = None
control_socket_disable = True
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} [{cid}] {message}", "style": "{"}},
    "filters": {"wordless": {"()": "contactwrexham.logs.Wordless"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["wordless"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True}},
}
