using System.Diagnostics;
using SernetStream.Plugins.Exec;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Exec;

/// <remarks>Alone, as one test gives this process a variable, which daemons of other tests would read.</remarks>
[Collection("alone")]
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ExecPluginTests : IDisposable
{
    private const string Secret = "SERNET_MQTT_PASSWORD";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_command_is_given_the_event_as_json_and_in_its_environment()
    {
        // The daemon's own variables may hold secrets, so a command must not see them.
        Environment.SetEnvironmentVariable(Secret, "hunter2");
        var context = await RunAsync("cat; echo; env | grep ^SERNET_ | sort; echo \"$1\"", [], Events.Make(EmotionEventKind.Change));
        Assert.Empty(context.Said.Lines);
        Assert.Equal(
            $"""
            {EmotionEventJson.ToText(Events.Make(EmotionEventKind.Change))}

            SERNET_AROUSAL=0.785
            SERNET_CONFIDENCE=0.81
            SERNET_EMOTION=anger
            SERNET_KIND=change
            SERNET_NODE=kitchen
            SERNET_PREVIOUS=neutral
            SERNET_SEQUENCE=42
            SERNET_TIME=2026-01-01T12:00:00.000Z
            $(not; a `shell)

            """.ReplaceLineEndings("\n"),
            await File.ReadAllTextAsync(_folder.PathOf("told")));
    }

    [Fact]
    public async Task Other_kinds_run_nothing()
    {
        await RunAsync("echo x", [], Events.Make(EmotionEventKind.Interim), Events.Make(EmotionEventKind.Final));
        Assert.False(File.Exists(_folder.PathOf("told")));
    }

    [Fact]
    public async Task A_command_that_takes_too_long_is_killed_with_all_it_started()
    {
        var context = await RunAsync("sleep 600 & echo $! > $0.child; wait", [("time_limit", "0.3")], Events.Make(EmotionEventKind.Change));
        Assert.Contains("took longer than 0.3 s and was killed", Assert.Single(context.Said.Lines), StringComparison.Ordinal);
        var child = int.Parse(await File.ReadAllTextAsync(_folder.PathOf("command.child")), System.Globalization.CultureInfo.InvariantCulture);
        await EndedAsync(child);
    }

    [Fact]
    public async Task What_a_command_leaves_in_the_background_is_not_waited_for()
    {
        var context = await RunAsync("sleep 600 & echo $! > $0.child; exit 3", [("time_limit", "60")], Events.Make(EmotionEventKind.Change));
        Assert.Contains("ended with 3.", Assert.Single(context.Said.Lines), StringComparison.Ordinal);
        using var child = Process.GetProcessById(int.Parse(
            await File.ReadAllTextAsync(_folder.PathOf("command.child")), System.Globalization.CultureInfo.InvariantCulture));
        child.Kill();
    }

    [Fact]
    public async Task A_command_that_fails_is_quoted()
    {
        var context = await RunAsync("echo no lamp >&2; seq 20000 >&2; exit 4", [], Events.Make(EmotionEventKind.Change));
        var line = Assert.Single(context.Said.Lines);
        Assert.Contains("ended with 4. no lamp", line, StringComparison.Ordinal);
        Assert.True(line.Length < 1000, line);
    }

    [Fact]
    public async Task At_most_so_many_run_at_once()
    {
        var context = new FakePluginContext("Exec", Settings("echo run; until [ -e \"$0.go\" ]; do sleep 0.02; done", [("at_once", "2")]));
        var (_, running) = await StartAsync(context);
        for (var i = 0; i < 5; i++)
        {
            context.Hear(Events.Make(EmotionEventKind.Change, i));
        }

        await context.Said.LineAsync("2 commands run already; events are left out");
        _folder.Write("command.go", "");
        context.EndEvents();
        await running.WaitAsync(ChildProcess.WaitTimeout);
        Assert.Equal("run\nrun\n", await File.ReadAllTextAsync(_folder.PathOf("told")));
        Assert.Single(context.Said.Lines);
    }

    [Fact]
    public async Task When_it_is_to_stop_at_once_it_ends_after_its_commands_have()
    {
        using var stop = new CancellationTokenSource();
        var context = new FakePluginContext("Exec", Settings("echo $$ > $0.new; mv $0.new $0.id; exec sleep 600", [("time_limit", "600")]));
        var plugin = new ExecPlugin();
        await plugin.StartAsync(context, default);
        var running = plugin.RunAsync(context.Events, stop.Token);
        context.Hear(Events.Make(EmotionEventKind.Change));
        while (!File.Exists(_folder.PathOf("command.id")))
        {
            await Task.Delay(5).WaitAsync(ChildProcess.WaitTimeout);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(ChildProcess.WaitTimeout));
        var id = int.Parse(await File.ReadAllTextAsync(_folder.PathOf("command.id")), System.Globalization.CultureInfo.InvariantCulture);
        Assert.False(IsRunning(id));
    }

    [Fact]
    public async Task A_command_that_always_fails_is_said_once()
    {
        var context = new FakePluginContext("Exec", Settings("exit 4", [("at_once", "64")]));
        var (_, running) = await StartAsync(context);
        for (var i = 0; i < 10; i++)
        {
            context.Hear(Events.Make(EmotionEventKind.Change, i));
        }

        context.EndEvents();
        await running.WaitAsync(ChildProcess.WaitTimeout);
        Assert.Single(context.Said.Lines);
    }

    [Theory]
    [InlineData("", "plugins.Exec.command is wrong: it must name the program")]
    [InlineData("/no/such/program", "The program /no/such/program does not exist")]
    public async Task A_program_that_is_not_there_is_refused_with_a_sentence(string program, string because)
    {
        var context = new FakePluginContext("Exec", program.Length == 0 ? [] : [("command:0", program)]);
        var error = await Assert.ThrowsAsync<PluginException>(() => StartAsync(context));
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Secret, null);
        _folder.Dispose();
    }

    /// <summary>A killed process may take a moment to end.</summary>
    private static async Task EndedAsync(int id)
    {
        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        while (IsRunning(id))
        {
            await Task.Delay(5, limit.Token);
        }
    }

    private static bool IsRunning(int id)
    {
        // A killed process stays listed as a zombie until its parent waits for it.
        var status = $"/proc/{id}/stat";
        return File.Exists(status) && !File.ReadAllText(status).Contains(") Z ", StringComparison.Ordinal);
    }

    private static async Task<(ExecPlugin Plugin, Task Running)> StartAsync(FakePluginContext context)
    {
        var plugin = new ExecPlugin();
        await plugin.StartAsync(context, default);
        return (plugin, plugin.RunAsync(context.Events, default));
    }

    private async Task<FakePluginContext> RunAsync(string script, (string Key, string Value)[] settings, params EmotionEvent[] events)
    {
        var context = new FakePluginContext("Exec", Settings(script, settings));
        var (_, running) = await StartAsync(context);
        Array.ForEach(events, context.Hear);
        context.EndEvents();
        await running.WaitAsync(ChildProcess.WaitTimeout);
        return context;
    }

    private (string Key, string Value)[] Settings(string script, (string Key, string Value)[] settings)
    {
        var path = _folder.Write("command", $"#!/bin/sh\nexec >> {_folder.PathOf("told")}\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return [("command:0", path), ("command:1", "$(not; a `shell)"), .. settings];
    }
}
