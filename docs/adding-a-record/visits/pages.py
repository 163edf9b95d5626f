CALLBACK = PageKind("callback", "visits:callback_promise", about="CUS")
