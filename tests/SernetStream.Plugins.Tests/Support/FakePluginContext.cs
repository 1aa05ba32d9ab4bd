using System.Threading.Channels;
using SernetStream.PluginProtocol;

namespace SernetStream.Plugins.Tests.Support;

/// <summary>The context of a plugin that a test runs without the host.</summary>
internal sealed class FakePluginContext(string name, params (string Key, string Value)[] settings) : PluginContext
{
    private readonly Lines _log = new();
    private readonly Channel<RoomEvent> _events = Channel.CreateUnbounded<RoomEvent>();

    public TestServices Services { get; } = new();

    public ListLogger Said => _log.Logger;

    public override string Name => name;

    public override string Node => "kitchen";

    public override string Model => Services.All.Model;

    public override IReadOnlyList<string> Labels => Services.All.Labels;

    public override TimeProvider Clock => Time;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public override PluginLog Log => _log;

    /// <summary>The services of the plugin under test.</summary>
    public IAsyncEnumerable<RoomEvent> Events => _events.Reader.ReadAllAsync();

    public override T Settings<T>() => (T)PluginSettings.Bind(typeof(T), TestServices.Section(name, settings), SettingValue.Read);

    public override IAudioStream OpenStream(AudioFormat format) => Services.Open(format);

    public override IDisposable HoldMicrophone(string reason) => Services.Hold();

    public void Hear(EmotionEvent emotionEvent) => _events.Writer.TryWrite(new EmotionHeard(emotionEvent));

    public void HearSpeech(bool speaking) => _events.Writer.TryWrite(new SpeechChanged(speaking));

    public void EndEvents() => _events.Writer.TryComplete();

    private sealed class Lines : PluginLog
    {
        public ListLogger Logger { get; } = new();

        public override void Debug(string message)
        {
        }

        public override void Information(string message) => Write(Microsoft.Extensions.Logging.LogLevel.Information, message);

        public override void Warning(string message) => Write(Microsoft.Extensions.Logging.LogLevel.Warning, message);

        public override void Error(string message) => Write(Microsoft.Extensions.Logging.LogLevel.Error, message);

        private void Write(Microsoft.Extensions.Logging.LogLevel level, string message) =>
            Logger.Log(level, default, message, null, (state, _) => state);
    }
}
