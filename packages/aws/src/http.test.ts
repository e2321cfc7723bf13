import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecure } from "node:https";
import { type AddressInfo, createServer as createRaw, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createHttp, type HttpOptions } from "./http.ts";
import { pem } from "./smtp/testing.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener) => listen(createServer(listener));
const http = (options: Partial<HttpOptions> = {}) => createHttp({ private_hosts: true, ...options });
const get = (url: string, options: Partial<HttpOptions> = {}) => http(options).request({ method: "GET", url });

describe("G7 the guarded fetch", () => {
  it("posts a body and gives the answer, whatever its status", async () => {
    const port = await serve((request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => {
        response.writeHead(418).end(`${request.method} ${request.url} ${request.headers["content-type"]} ${text}`);
      });
    });
    const request = { method: "POST", url: `http://127.0.0.1:${port}/a?b=c`, body: "d=é" } as const;
    const answer = await http().request({ ...request, headers: { "content-type": "text/plain" } });
    expect(answer).toEqual({ status: 418, body: "POST /a?b=c text/plain d=é" });
  });

  it("G7 follows no redirect", async () => {
    const paths: (string | undefined)[] = [];
    const port = await serve((request, response) => {
      paths.push(request.url);
      response.writeHead(302, { location: `http://127.0.0.1:${port}/next` }).end();
    });
    expect((await get(`http://127.0.0.1:${port}/`)).status).toBe(302);
    expect(paths).toEqual(["/"]);
  });

  it("G7 refuses private addresses, every spelling of them, names that lead there, and plain http", async () => {
    const port = await serve((_, response) => response.end("inside"));
    const strict = { private_hosts: false };
    for (const host of ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"])
      await expect(get(`https://${host}:${port}/`, strict)).rejects.toMatchObject({ name: "HttpUnavailable" });
    const dns = async () => ["93.184.216.34", "10.0.0.1"];
    await expect(get("https://both.example/", { ...strict, dns })).rejects.toThrow("private network");
    for (const url of [`http://93.184.216.34/`, "ftp://x.example/", "no url"])
      await expect(get(url, strict)).rejects.toThrow("https://");
  });

  it("G7 tells of a URL by itself, before it is stored, why it will never be requested", async () => {
    const strict = http({ private_hosts: false });
    const private_ = [
      "127.0.0.1",
      "127.1",
      "0x7f.1",
      "2130706433",
      "10.1.2.3",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "[fd00::1]",
    ];
    for (const host of private_) expect(await strict.refusal(`https://${host}/`)).toContain("private network");
    expect(await strict.refusal("https://169.254.169.254/")).toContain("not a public address");
    for (const host of ["localhost", "LOCALHOST.", "a.localhost"])
      expect(await strict.refusal(`https://${host}/`)).toContain("this machine itself");
    for (const url of ["http://example.com/", "ftp://example.com/", "no url"])
      expect(await strict.refusal(url)).toBe("is to begin with https://");
    for (const host of ["93.184.216.34", "example.com", "localhost.example.com", "[2600::1]"])
      expect(await strict.refusal(`https://${host}:8443/a?b`)).toBeNull();
    for (const url of ["http://127.0.0.1:3000/", "https://localhost/", "http://example.com/"])
      expect(await http().refusal(url)).toBeNull();
    expect(await http().refusal("http://127.0.0.1:9001/")).toContain("runtime");
    expect(await http().refusal("http://169.254.169.254/")).toContain("not a public address");
  });

  it("G7 refuses the runtime's own port wherever it may reach loopback", async () => {
    const dns = async () => ["127.0.0.1"];
    for (const host of ["127.0.0.1", "[::1]", "runtime.example"])
      await expect(get(`http://${host}:9001/2018-06-01/runtime`, { dns })).rejects.toThrow("own runtime");
  });

  it("G7 connects to the address that was checked, and asks no second time", async () => {
    const port = await serve((request, response) => response.end(request.headers.host));
    let asked = 0;
    const dns = async () => {
      asked++;
      return ["127.0.0.1"];
    };
    expect((await get(`http://rebind.example:${port}/`, { dns })).body).toBe(`rebind.example:${port}`);
    expect(asked).toBe(1);
  });

  it("checks the certificate and the name in it", async () => {
    const tls = { key: pem("localhost.key"), cert: pem("localhost.pem") };
    const port = await listen(createSecure(tls, (_, response) => response.end("ok")));
    const dns = async () => ["127.0.0.1"];
    const ca = [pem("ca.pem")];
    expect((await get(`https://localhost:${port}/`, { dns, ca })).body).toBe("ok");
    await expect(get(`https://localhost:${port}/`, { dns })).rejects.toMatchObject({ name: "HttpUnavailable" });
    await expect(get(`https://other.example:${port}/`, { dns, ca })).rejects.toThrow("ALTNAME");
  });

  it("gives up on silence, on too much, and on what breaks off", async () => {
    const silent = await serve(() => undefined);
    await expect(get(`http://127.0.0.1:${silent}/`, { timeout: 100 })).rejects.toThrow("no answer in time");
    const large = await serve((_, response) => response.end("x".repeat(100_000)));
    await expect(get(`http://127.0.0.1:${large}/`, { most: 50_000 })).rejects.toThrow("too large");
    const broken = await serve((_, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("12345", () => response.destroy());
    });
    await expect(get(`http://127.0.0.1:${broken}/`)).rejects.toMatchObject({ name: "HttpUnavailable", silent: false });
  });

  it("says what was silence, and takes a request's own time for it", async () => {
    const silent = await serve(() => undefined);
    const request = { method: "GET", url: `http://127.0.0.1:${silent}/`, timeout: 50 } as const;
    await expect(http().request(request)).rejects.toMatchObject({ name: "HttpUnavailable", silent: true });
  });

  it("does not wait for more of an answer than is enough, however large it is or long it takes", async () => {
    const endless = await serve((_, response) => {
      response.writeHead(202);
      response.write("y".repeat(300_000));
    });
    const answer = await http().request({ method: "POST", url: `http://127.0.0.1:${endless}/`, enough: 3 });
    expect(answer).toEqual({ status: 202, body: "yyy" });
  });
});

/** A raw server that writes `answer` when it has got a request, and then does `then`. */
async function raw(answer: string, then: (socket: Socket) => void = () => undefined): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createRaw((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.write(answer);
      then(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const post = (url: string, enough: number | undefined = 4_096) =>
  http().request({ method: "POST", url, body: "{}", timeout: 1_000, ...(enough > 0 && { enough }) });

describe("an answer of which a beginning is enough", () => {
  it("that switches protocols, which nobody asked for, fails within the time-out", async () => {
    const url = await raw("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    await expect(post(url)).rejects.toMatchObject({ name: "HttpUnavailable", silent: false });
  }, 20_000);

  it("that is closed before its headers fails, and is no silence", async () => {
    const url = await raw("HTTP/1.1 200", (socket) => socket.end());
    await expect(post(url)).rejects.toMatchObject({ name: "HttpUnavailable", silent: false });
  });

  it("whose body never ends, or stops before its content-length, is one all the same", async () => {
    const endless = await raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n");
    const cut = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok";
    const short = await raw(cut, (socket) => setTimeout(() => socket.end(), 100));
    for (const url of [endless, short]) expect(await post(url)).toEqual({ status: 200, body: "ok" });
    // Who needs all of it has no answer
    for (const url of [endless, short]) await expect(post(url, 0)).rejects.toMatchObject({ name: "HttpUnavailable" });
  }, 20_000);
});

describe("a name whose servers hang", () => {
  it("is silence too", async () => {
    const dns = () => new Promise<never>(() => undefined);
    const request = { method: "POST", url: "https://hangs.example/", timeout: 300 } as const;
    await expect(http({ dns }).request(request)).rejects.toMatchObject({ silent: true });
    const unknown = () => Promise.reject(Object.assign(new Error("none"), { code: "ENOTFOUND" }));
    await expect(http({ dns: unknown }).request(request)).rejects.toMatchObject({ silent: false });
  });
});
