"""A time-stamping authority that is not ours: `openssl ts -reply` behind HTTP. Serves files of its folder by GET.

use: openssl_tsa.py PORT FOLDER    the folder has ts.cnf (section tsa) and what it names; /old answers old.tsq, whatever is asked
"""
import http.server
import pathlib
import subprocess
import sys

folder = pathlib.Path(sys.argv[2])


class Authority(http.server.BaseHTTPRequestHandler):
    def answer(self, media_type, body):
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def do_GET(self):
        path = folder / pathlib.Path(self.path).name
        self.answer("application/octet-stream", path.read_bytes() if path.is_file() else None)

    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        (folder / "query.tsq").write_bytes((folder / "old.tsq").read_bytes() if self.path == "/old" else query)
        subprocess.run(["openssl", "ts", "-reply", "-config", "ts.cnf", "-section", "tsa", "-queryfile", "query.tsq",
                        "-out", "reply.tsr"], cwd=folder, check=False, stderr=subprocess.DEVNULL)
        reply = (folder / "reply.tsr").read_bytes()
        (folder / "reply.tsr").unlink()
        self.answer("application/timestamp-reply", reply)

    def log_message(self, *_):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Authority).serve_forever()
