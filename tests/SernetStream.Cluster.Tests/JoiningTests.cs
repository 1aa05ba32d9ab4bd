using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Text;
using SernetStream.Cluster.Joining;
using SernetStream.Testing;

namespace SernetStream.Cluster.Tests;

/// <summary>Who may join a cluster, and what a silo says that cannot.</summary>
[Trait("Category", "real-parts")]
[SupportedOSPlatform("linux")]
public sealed class JoiningTests : IDisposable
{
    private const string Secret = "a secret that thirty-two and more characters make";
    private readonly TemporaryFolder _folder = new();

    [NeedsFact("redis-server")]
    public async Task A_silo_waits_for_Redis_and_then_joins_and_one_with_another_secret_does_not()
    {
        await using var redis = RedisServer.NotYetStarted();
        await using var silo = ClusterSilo.Start("one", redis.Address, ClusterSilo.WriteSecret(_folder, "right", Secret));
        await silo.SaysAsync($"Redis at {redis.Address} does not answer; trying again every 2 s");
        await redis.StartAsync();
        await silo.JoinedAsync();
        using (var peer = ClusterIdentity.OfSecret(Secret, "two"))
        using (var other = ClusterIdentity.OfSecret(Secret + ".", "two"))
        {
            Assert.True(await IsLetInAsync(silo.SiloPort, peer));
            Assert.False(await IsLetInAsync(silo.SiloPort, other));
            Assert.False(await IsLetInAsync(silo.SiloPort, null));
        }

        var stranger = await RunAsync(ClusterSilo.Arguments(
            "two", redis.Address, ClusterSilo.WriteSecret(_folder, "wrong", Secret + "."), Loopback.FreePort()));
        Assert.Equal(2, stranger.ExitCode);
        Assert.Contains("has another secret: give this silo the secret file", stranger.Errors, StringComparison.Ordinal);

        silo.Process.Terminate();
        Assert.Equal(0, (await silo.Process.ExitAsync()).ExitCode);
    }

    [NeedsTheory("redis-server")]
    [InlineData("the right one", "hunter2", null, "refuses this silo's password (WRONGPASS)")]
    [InlineData("the right one", null, null, "wants a password (NOAUTH)")]
    [InlineData(null, null, "ACL SETUSER default -set -setnx", "does not let this silo's user do what a silo does (NOPERM)")]
    public async Task A_silo_that_Redis_refuses_says_why_without_the_password_and_is_not_started_again(
        string? password, string? given, string? command, string sentence)
    {
        await using var redis = await RedisServer.StartNewAsync(password);
        if (command is not null)
        {
            using var client = await RedisClient.ConnectAsync(redis.Port);
            await client.TellAsync(command);
        }

        string[] more = given is null ? [] : ["--redis-password-file", ClusterSilo.WriteSecret(_folder, "password", given)];
        var result = await RunAsync(ClusterSilo.Arguments(
            "one", redis.Address, ClusterSilo.WriteSecret(_folder, "right", Secret), Loopback.FreePort(), more));
        // The unit's RestartPreventExitStatus.
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"Redis at {redis.Address} {sentence}", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.Split('\n'));
    }

    [NeedsFact("redis-server")]
    public async Task A_Redis_that_asks_for_no_password_is_named_where_there_is_one()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var silo = ClusterSilo.Start(
            "one", redis.Address, ClusterSilo.WriteSecret(_folder, "right", Secret), "--redis-password-file", ClusterSilo.WriteSecret(_folder, "password", "hunter2"));
        await silo.SaysAsync($"Redis at {redis.Address} asks for no password, though --redis-password-file names one");
        await silo.JoinedAsync();
    }

    [NeedsFact("redis-server")]
    public async Task A_silo_waits_for_a_Redis_that_has_too_many_clients()
    {
        await using var redis = await RedisServer.StartNewAsync("the right one");
        using var client = await RedisClient.ConnectAsync(redis.Port);
        await client.TellAsync("AUTH \"the right one\"");
        await client.TellAsync("CONFIG SET maxclients 1");
        await using var silo = ClusterSilo.Start(
            "one", redis.Address, ClusterSilo.WriteSecret(_folder, "right", Secret), "--redis-password-file", ClusterSilo.WriteSecret(_folder, "password", "the right one"));
        await silo.SaysAsync($"Redis at {redis.Address} does not answer; trying again every 2 s");
        await client.TellAsync("CONFIG SET maxclients 100");
        await silo.JoinedAsync();
    }

    [Theory]
    [InlineData("short", "--listen", "127.0.0.1:1", "has 5 characters; it must have 32 or more")]
    [InlineData(Secret, "--listen", "0.0.0.0:1", "senders must show a token")]
    [InlineData(Secret, "--listen", "nowhere", "it must be PORT, ADDRESS:PORT or *:PORT")]
    [InlineData(Secret, "--silo", "name", "it must be an address of this machine")]
    [InlineData(Secret, "--lag-limit", "0", "it must be 1 to 100")]
    [InlineData(Secret, "--name", "a/b", "without /, +, #")]
    [InlineData(Secret, "--rooms", "/nowhere/rooms.json", "cannot be read")]
    [InlineData(Secret, "--gateway", "kitchen", "it must be an address of this machine, such as 192.0.2.11, or off")]
    [InlineData(Secret, "--redis-password-file", "/nowhere/password", "cannot be read")]
    [InlineData(Secret, "--mqtt", "http://broker", "--mqtt is http://broker")]
    public async Task What_is_wrong_on_the_command_line_is_a_sentence(string secret, string option, string value, string sentence)
    {
        var file = ClusterSilo.WriteSecret(_folder, "secret", secret);
        var result = await RunAsync(["--redis", "127.0.0.1:1", "--secret-file", file, option, value]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(sentence, result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.Split('\n'));
    }

    [Fact]
    public async Task A_secret_that_everybody_can_read_is_refused()
    {
        var file = ClusterSilo.WriteSecret(_folder, "secret", Secret);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var result = await RunAsync(["--redis", "127.0.0.1:1", "--secret-file", file]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"chmod 600 {file}", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_without_proof_is_refused()
    {
        var result = await RunAsync(["--redis", "127.0.0.1:1"]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("give it --secret-file, or --tls-cert, --tls-key and --tls-ca together", result.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Whether a silo goes on with somebody who shows this certificate: it speaks, or waits for the other to.</summary>
    private static async Task<bool> IsLetInAsync(int port, ClusterIdentity? who)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port);
        await using var tls = new SslStream(tcp.GetStream());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "sernet cluster",
                    ClientCertificates = who is null ? null : [who.Own],
                    RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
                },
                CancellationToken.None);
            return await tls.ReadAsync(new byte[1], limit.Token) > 0;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
        catch (Exception error) when (error is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private static Task<ChildResult> RunAsync(IEnumerable<string> arguments) =>
        ChildProcess.RunAsync("dotnet", [ClusterSilo.Program, .. arguments], patience: TimeSpan.FromSeconds(120));

    /// <summary>Somebody at Redis who gives orders.</summary>
    private sealed class RedisClient(TcpClient tcp) : IDisposable
    {
        private readonly StreamReader _answers = new(tcp.GetStream());

        public static async Task<RedisClient> ConnectAsync(int port)
        {
            var tcp = new TcpClient();
            await tcp.ConnectAsync(IPAddress.Loopback, port);
            return new RedisClient(tcp);
        }

        public async Task TellAsync(string command)
        {
            await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
            Assert.Equal("+OK", await _answers.ReadLineAsync());
        }

        public void Dispose()
        {
            _answers.Dispose();
            tcp.Dispose();
        }
    }
}
