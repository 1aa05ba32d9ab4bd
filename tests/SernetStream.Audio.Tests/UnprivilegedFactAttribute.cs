namespace SernetStream.Audio.Tests;

/// <summary>A fact about permissions, which do not bind the administrator.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnprivilegedFactAttribute : FactAttribute
{
    public UnprivilegedFactAttribute()
    {
        Skip = Environment.IsPrivilegedProcess ? "needs an ordinary user" : null;
    }
}
