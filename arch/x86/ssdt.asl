// SPDX-License-Identifier: GPL-2.0
/*
 * The handle that acpi_register_ioapic() wants: its _UID becomes the ID of the
 * I/O APIC.  It stands for whichever is being added, so that the hundredth costs
 * what the first did.  There is no device behind it, and no driver wants it.
 *
 * No predefined name is a method: ACPICA does not look whether there was memory for a
 * method's body before it counts its arguments, when the kernel next walks the namespace.
 */
DefinitionBlock ("", "SSDT", 2, "VIOAPC", "SIMULATE", 0x00000001)
{
    Device (\_SB.VIOA)
    {
        Name (_HID, "VIOA0001")
        Name (_UID, Zero)
        Name (_STA, Zero)
        Method (SUID, 1)
        {
            Store (Arg0, _UID)
        }
    }
}
