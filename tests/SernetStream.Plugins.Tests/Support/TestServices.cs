using Microsoft.Extensions.Configuration;
using SernetStream.PluginSupervisor;

namespace SernetStream.Plugins.Tests.Support;

/// <summary>The daemon's services for plugins: streams are scripted, and holds of the microphone are counted.</summary>
internal sealed class TestServices : IStreamOpener, IMicrophone
{
    private readonly Lock _gate = new();
    private int _holds;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<ScriptedStream> Opened { get; } = [];

    public PluginServices All => new("kitchen", "light-sernet-emodb-int8", ["anger", "boredom", "neutral"], this, this, TimeProvider.System);

    public int Holds
    {
        get
        {
            lock (_gate)
            {
                return _holds;
            }
        }
    }

    /// <summary>A section <c>plugins:Name</c> with these keys.</summary>
    public static IConfigurationSection Section(string name, params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(
                setting => $"plugins:{name}:{setting.Key}", setting => (string?)setting.Value))
            .Build()
            .GetSection($"plugins:{name}");

    public IAudioStream Open(AudioFormat format)
    {
        lock (_gate)
        {
            var stream = new ScriptedStream(format);
            Opened.Add(stream);
            return stream;
        }
    }

    public IDisposable Hold()
    {
        Count(1);
        return new Released(() => Count(-1));
    }

    /// <summary>Waits until the microphone has this many holds.</summary>
    public async Task HeldAsync(int holds)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_holds == holds)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(Testing.ChildProcess.WaitTimeout);
        }
    }

    private void Count(int change)
    {
        lock (_gate)
        {
            _holds += change;
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class Released(Action release) : IDisposable
    {
        public void Dispose() => release();
    }
}
