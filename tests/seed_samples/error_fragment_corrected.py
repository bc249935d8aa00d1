if event.event == "error":
    msg = json.loads(event.data)["message"]
    print(f"\n[流式异常] {msg}")
    raise SystemExit
