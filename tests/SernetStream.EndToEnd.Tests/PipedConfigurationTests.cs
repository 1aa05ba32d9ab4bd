using System.Globalization;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>Settings and secrets from pipes, whose length is unknown and which may never end.</summary>
public sealed class PipedConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("config print --config <(echo node: pipe)")]
    [InlineData("config print --config /dev/stdin < <(echo node: pipe)")]
    [InlineData("config print --config /dev/stdin <<< 'node: pipe'")]
    [InlineData("config check <(echo node: pipe) && {0} config print --node pipe")]
    [InlineData("config print --node pipe --web-token-file <(echo 0123456789abcdef)")]
    public async Task A_pipe_is_read_like_a_file(string arguments)
    {
        var result = await InBashAsync(arguments);
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("node: pipe", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_fifo_is_read_like_a_file()
    {
        var fifo = _folder.PathOf("settings");
        var result = await InBashAsync($"config print --config '{fifo}'", before: $"mkfifo '{fifo}'; (echo node: pipe > '{fifo}') &");
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("node: pipe", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config print --config /dev/zero", "longer than 1024 KiB")]
    [InlineData("config print --config <(head -c 1100000 /dev/zero)", "longer than 1024 KiB")]
    [InlineData("config print --config <(printf '\\xff\\xfe')", "UTF-8")]
    [InlineData("config print --web-token-file /dev/zero", "more than 65536 bytes")]
    [InlineData("config print --web-token-file <(printf '\\xff\\xfe')", "UTF-8")]
    public async Task What_has_no_end_or_is_no_text_is_refused(string arguments, string because) =>
        Sernetd.AssertRefused(await InBashAsync(arguments), 2, because);

    private static Task<ChildResult> InBashAsync(string arguments, string before = "")
    {
        var daemon = $"dotnet '{Repository.Daemon}'";
        var command = $"{before}\n{daemon} {string.Format(CultureInfo.InvariantCulture, arguments, daemon)}";
        return ChildProcess.RunAsync("bash", ["-c", command]);
    }
}
