namespace SernetStream.Configuration;

/// <content>The diary.</content>
internal static partial class Settings
{
    public static readonly SwitchSetting DiaryKeep = new(
        "diary.keep", false,
        "Keep a diary: write utterances and changes of mood, without audio, into a file in the state folder. 'sernetd history' and the dashboard show it.");

    public static readonly IntegerSetting DiaryRetention = new(
        "diary.retention", 30, 1, 3650, "How long the diary keeps an entry.")
    { Unit = "days" };
}
