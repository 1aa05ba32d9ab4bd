using System.Diagnostics.CodeAnalysis;

namespace SernetStream.Plugins;

/// <summary>
/// Names the class that a plugin's section of the configuration is read into, so that <c>sernetd config check</c> finds
/// mistakes in it without starting the plugin. It stands on the plugin's class.
/// </summary>
/// <param name="type">What the plugin asks <see cref="PluginContext.Settings{T}"/> for.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class PluginSettingsAttribute(
    [DynamicallyAccessedMembers(PluginSettingsAttribute.Members)] Type type) : Attribute
{
    /// <summary>What is needed of a class of settings; a native build keeps it.</summary>
    internal const DynamicallyAccessedMemberTypes Members =
        DynamicallyAccessedMemberTypes.PublicParameterlessConstructor | DynamicallyAccessedMemberTypes.PublicProperties;

    /// <summary>The class; it has a public constructor without parameters.</summary>
    [DynamicallyAccessedMembers(Members)]
    public Type Type => type;
}
